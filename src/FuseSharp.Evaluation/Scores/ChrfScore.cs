using System.Text;

namespace FuseSharp.Evaluation.Scores;

/// <summary>Corpus chrF (Popović 2015) as sacreBLEU computes it by default: character n-grams up to 6 without white space, recall counts twice as much.</summary>
/// <param name="Matches">[6] n-grams that both have.</param>
/// <param name="Totals">[6] n-grams of the answer.</param>
/// <param name="ReferenceTotals">[6] n-grams of the reference.</param>
/// <remarks>Counts of sentences add up to those of a corpus.</remarks>
public sealed record ChrfScore(long[] Matches, long[] Totals, long[] ReferenceTotals)
{
    private const int Orders = 6;
    private const double RecallWeight = 4; // β² with β = 2

    /// <summary>Counts of one sentence.</summary>
    public static ChrfScore Compute(string answer, string reference)
    {
        int[] letters = Letters(answer);
        int[] wanted = Letters(reference);
        var score = new ChrfScore(new long[Orders], new long[Orders], new long[Orders]);
        for (int n = 1; n <= Orders; n++)
        {
            var counts = Counts(letters, n);
            var limits = Counts(wanted, n);
            score.Matches[n - 1] = counts.Sum(c => Math.Min(c.Value, limits.GetValueOrDefault(c.Key)));
            score.Totals[n - 1] = limits.Count > 0 ? counts.Values.Sum() : 0; // as sacreBLEU: no hits are counted where no reference has any
            score.ReferenceTotals[n - 1] = limits.Values.Sum();
        }

        return score;
    }

    /// <summary>Counts of one sentence with the reference that it is nearest to.</summary>
    public static ChrfScore Compute(string answer, IReadOnlyList<string> references) => references.Select(r => Compute(answer, r)).MaxBy(s => s.Value)!;

    /// <summary>Counts of several sentences together.</summary>
    public static ChrfScore Sum(IEnumerable<ChrfScore> sentences)
        => sentences.Aggregate(new ChrfScore(new long[Orders], new long[Orders], new long[Orders]), (sum, s) => new ChrfScore(
            [.. sum.Matches.Zip(s.Matches, (a, b) => a + b)], [.. sum.Totals.Zip(s.Totals, (a, b) => a + b)], [.. sum.ReferenceTotals.Zip(s.ReferenceTotals, (a, b) => a + b)]));

    /// <summary>chrF, 0–100: the F-score of mean precision and mean recall over the orders that both sides have.</summary>
    public double Value
    {
        get
        {
            int[] orders = [.. Enumerable.Range(0, Orders).Where(n => Totals[n] > 0 && ReferenceTotals[n] > 0)];
            if (orders.Length == 0)
            {
                return 0;
            }

            double precision = orders.Average(n => (double)Matches[n] / Totals[n]);
            double recall = orders.Average(n => (double)Matches[n] / ReferenceTotals[n]);
            return precision + recall == 0 ? 0 : 100 * (1 + RecallWeight) * precision * recall / ((RecallWeight * precision) + recall);
        }
    }

    private static int[] Letters(string text) => [.. text.EnumerateRunes().Where(r => !Rune.IsWhiteSpace(r)).Select(r => r.Value)];

    private static Dictionary<string, long> Counts(int[] letters, int n)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        for (int i = 0; i + n <= letters.Length; i++)
        {
            string gram = string.Concat(letters.AsSpan(i, n).ToArray().Select(char.ConvertFromUtf32));
            counts[gram] = counts.GetValueOrDefault(gram) + 1;
        }

        return counts;
    }
}

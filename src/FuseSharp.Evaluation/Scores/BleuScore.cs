namespace FuseSharp.Evaluation.Scores;

/// <summary>Corpus BLEU (Papineni et al. 2002) as sacreBLEU computes it by default: 13a tokens, n-grams up to 4, exponential smoothing.</summary>
/// <param name="Matches">[4] n-grams of the answer that a reference has as often.</param>
/// <param name="Totals">[4] n-grams of the answer.</param>
/// <param name="Length">Tokens of the answer.</param>
/// <param name="ReferenceLength">Tokens of the reference nearest in length, of two equally near ones the shorter.</param>
/// <remarks>Counts of sentences add up to those of a corpus; only then is anything divided.</remarks>
public sealed record BleuScore(long[] Matches, long[] Totals, long Length, long ReferenceLength)
{
    private const int Orders = 4;

    /// <summary>Counts of one sentence.</summary>
    /// <param name="answer">The translation.</param>
    /// <param name="references">Accepted translations, at least one; of an n-gram the largest count in any of them is accepted.</param>
    public static BleuScore Compute(string answer, params IReadOnlyList<string> references)
    {
        string[] tokens = BleuTokens.Split(answer);
        string[][] wanted = [.. references.Select(BleuTokens.Split)];
        long[] matches = new long[Orders];
        long[] totals = new long[Orders];
        for (int n = 1; n <= Orders; n++)
        {
            var counts = Counts(tokens, n);
            Dictionary<string, long>[] limits = [.. wanted.Select(w => Counts(w, n))];
            matches[n - 1] = counts.Sum(c => Math.Min(c.Value, limits.Max(l => l.GetValueOrDefault(c.Key))));
            totals[n - 1] = counts.Values.Sum();
        }

        return new BleuScore(matches, totals, tokens.Length, wanted.Select(w => w.Length).OrderBy(l => Math.Abs(l - tokens.Length)).ThenBy(l => l).First());
    }

    /// <summary>Counts of several sentences together.</summary>
    public static BleuScore Sum(IEnumerable<BleuScore> sentences)
        => sentences.Aggregate(new BleuScore(new long[Orders], new long[Orders], 0, 0), (sum, s) => new BleuScore(
            [.. sum.Matches.Zip(s.Matches, (a, b) => a + b)], [.. sum.Totals.Zip(s.Totals, (a, b) => a + b)], sum.Length + s.Length, sum.ReferenceLength + s.ReferenceLength));

    /// <summary>BLEU, 0–100.</summary>
    /// <remarks>The k-th order without a match counts as 1/2ᵏ of one; without any match at all, or without a 4-gram in all answers, BLEU is 0.</remarks>
    public double Value
    {
        get
        {
            if (Length == 0 || Matches.All(m => m == 0) || Totals.Contains(0))
            {
                return 0;
            }

            double logs = 0;
            double smoothing = 1;
            for (int n = 0; n < Orders; n++)
            {
                smoothing *= Matches[n] == 0 ? 2 : 1;
                logs += Math.Log(Matches[n] == 0 ? 1 / (smoothing * Totals[n]) : (double)Matches[n] / Totals[n]);
            }

            double brevity = Length < ReferenceLength ? Math.Exp(1 - ((double)ReferenceLength / Length)) : 1;
            return 100 * brevity * Math.Exp(logs / Orders);
        }
    }

    private static Dictionary<string, long> Counts(string[] tokens, int n)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        for (int i = 0; i + n <= tokens.Length; i++)
        {
            string gram = string.Join(' ', tokens, i, n); // tokens hold no spaces
            counts[gram] = counts.GetValueOrDefault(gram) + 1;
        }

        return counts;
    }
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace FuseSharp.Evaluation.Scores;

/// <summary>DROP's exact match and F1 over bags of words (Dua et al. 2019).</summary>
/// <remarks>
/// An answer is a list of spans, the prediction one span. Spans are normalized: split at spaces and hyphens, lower case, no punctuation except in numbers,
/// numbers in one spelling, no articles. A span with numbers agrees only with one that shares a number. F1 is the best pair's, divided by the number of spans,
/// rounded to two places; of several accepted answers the best counts.
/// </remarks>
public static partial class DropScore
{
    /// <summary>Scores a prediction.</summary>
    /// <param name="predicted">What the model answered.</param>
    /// <param name="answers">Accepted answers, each a list of spans.</param>
    /// <returns>Exact match 0 or 1, and F1 0–1.</returns>
    public static (double ExactMatch, double F1) Compute(string predicted, IReadOnlyList<IReadOnlyList<string>> answers)
    {
        string normal = Normalize(predicted);
        var bag = BagOf(normal);
        double exact = 0;
        double best = 0;
        foreach (var spans in answers)
        {
            string[] normalSpans = [.. spans.Select(Normalize)];
            exact = Math.Max(exact, normalSpans.Length == 1 && normalSpans[0] == normal ? 1 : 0);
            double pair = normalSpans.Select(BagOf).Select(gold => NumbersAgree(gold, bag) ? F1Of(gold, bag) : 0).DefaultIfEmpty(0).Max();
            best = Math.Max(best, Math.Round(pair / Math.Max(1, normalSpans.Length), 2));
        }

        return (exact, best);
    }

    /// <summary>The spelling in which spans are compared.</summary>
    public static string Normalize(string text)
        => string.Join(' ', text.Split(' ', '-').Select(NormalToken).Where(t => t.Length > 0));

    private static string NormalToken(string token)
    {
        token = token.ToLowerInvariant();
        token = IsNumber(token, out _) ? token : new string([.. token.Where(c => !Punctuation.Is(c))]);
        token = IsNumber(token, out double number) ? number.ToString("R", CultureInfo.InvariantCulture) : token;
        return string.Join(' ', Articles().Replace(token, " ").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static HashSet<string> BagOf(string normal) => [.. normal.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    private static bool NumbersAgree(HashSet<string> gold, HashSet<string> predicted)
    {
        string[] numbers = [.. gold.Where(w => IsNumber(w, out _))];
        return numbers.Length == 0 || numbers.Any(predicted.Contains);
    }

    private static double F1Of(HashSet<string> gold, HashSet<string> predicted)
    {
        int common = gold.Count(predicted.Contains);
        double precision = predicted.Count == 0 ? 1 : (double)common / predicted.Count;
        double recall = gold.Count == 0 ? 1 : (double)common / gold.Count;
        return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }

    private static bool IsNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    [GeneratedRegex(@"\b(a|an|the)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Articles();
}

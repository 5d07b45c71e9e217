using System.Globalization;
using System.Text.RegularExpressions;

namespace FuseSharp.Evaluation.Judge;

/// <summary>Reads what a judge says.</summary>
public static partial class Verdict
{
    /// <summary>A win of the first answer 1, of the second −1, a tie 0; null where it says none. As FastChat: of several the first of A, B, C.</summary>
    /// <param name="judgement">Holds [[A]], [[B]] or [[C]].</param>
    public static int? PairOf(string judgement)
        => Has(judgement, "[[A]]") ? 1 : Has(judgement, "[[B]]") ? -1 : Has(judgement, "[[C]]") ? 0 : null;

    /// <summary>A grade from 1 to 10; null where it says none. As FastChat: the first in double brackets, or else the first in single ones.</summary>
    /// <param name="judgement">Holds [[grade]] or [grade].</param>
    public static double? GradeOf(string judgement)
        => (DoublePattern().Match(judgement) is { Success: true } match ? match : SinglePattern().Match(judgement)) is { Success: true } found
            && double.Parse(found.Groups[1].ValueSpan, CultureInfo.InvariantCulture) is >= 1 and <= 10 and var grade ? grade : null;

    /// <summary>The outcome of both orders: a win counts only where both say so, as judges favour a place (Zheng et al. 2023).</summary>
    /// <param name="first">With the model's answer as A: 1, 0 or −1 for it.</param>
    /// <param name="swapped">With the model's answer as B: 1, 0 or −1 for it.</param>
    public static int OutcomeOf(int first, int swapped) => first == swapped ? first : 0;

    private static bool Has(string judgement, string sign) => judgement.Contains(sign, StringComparison.Ordinal);

    [GeneratedRegex(@"\[\[([0-9]+\.?[0-9]*)\]\]", RegexOptions.CultureInvariant)]
    private static partial Regex DoublePattern();

    [GeneratedRegex(@"\[([0-9]+\.?[0-9]*)\]", RegexOptions.CultureInvariant)]
    private static partial Regex SinglePattern();
}

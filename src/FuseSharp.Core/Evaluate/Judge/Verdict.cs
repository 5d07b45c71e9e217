using System.Globalization;
using System.Text.RegularExpressions;

namespace FuseSharp.Core.Evaluate.Judge;

/// <summary>Reads what a judge says.</summary>
public static partial class Verdict
{
    /// <summary>A win of the first answer 1, of the second −1, a tie 0; null where it says none.</summary>
    /// <param name="judgement">Ends with [[A]], [[B]] or [[C]].</param>
    public static int? PairOf(string judgement) => PairPattern().Matches(judgement) is { Count: > 0 } matches ? matches[^1].Value[2] switch { 'A' => 1, 'B' => -1, _ => 0 } : null;

    /// <summary>A grade from 1 to 10; null where it says none.</summary>
    /// <param name="judgement">Ends with [[grade]].</param>
    public static double? GradeOf(string judgement)
        => GradePattern().Matches(judgement) is { Count: > 0 } matches && double.Parse(matches[^1].Groups[1].ValueSpan, CultureInfo.InvariantCulture) is >= 1 and <= 10 and var grade ? grade : null;

    /// <summary>The outcome of both orders: a win counts only where both say so, as judges favour a place (Zheng et al. 2023).</summary>
    /// <param name="first">With the model's answer as A: 1, 0 or −1 for it.</param>
    /// <param name="swapped">With the model's answer as B: 1, 0 or −1 for it.</param>
    public static int OutcomeOf(int first, int swapped) => first == swapped ? first : 0;

    [GeneratedRegex(@"\[\[[ABC]\]\]", RegexOptions.CultureInvariant)]
    private static partial Regex PairPattern();

    [GeneratedRegex(@"\[\[([0-9]{1,2}(?:\.[0-9]{1,4})?)\]\]", RegexOptions.CultureInvariant)]
    private static partial Regex GradePattern();
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace FuseSharp.Core.Evaluate.Scores;

/// <summary>SciBench's score: a number within 5 % of the expected one, whatever stands around it.</summary>
/// <remarks>
/// Read are plain numbers with thousands commas, <c>1.5e-3</c>, <c>1.5 \times 10^{-3}</c>, <c>\frac{1}{3}</c> and <c>1/3</c>. The data give some answers in
/// units such as "10^{-19} J": there both 3.5 and 3.5·10^-19 are right.
/// </remarks>
public static partial class NumberScore
{
    private const double Tolerance = 0.05;

    /// <summary>1 where the text's first number is right, else 0.</summary>
    /// <param name="predicted">Text that holds a number.</param>
    /// <param name="expected">The number; 0 is compared absolutely.</param>
    /// <param name="unit">Its unit; only a power of ten at its start counts.</param>
    public static double Of(string predicted, string expected, string unit = "")
    {
        if (Parse(predicted) is not { } value || Parse(expected) is not { } wanted)
        {
            return 0;
        }

        bool IsNear(double right) => Math.Abs(value - right) <= Tolerance * (right == 0 ? 1 : Math.Abs(right));
        double power = UnitPower().Match(unit) is { Success: true } match ? Math.Pow(10, int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)) : 1;
        return IsNear(wanted) || IsNear(wanted * power) ? 1 : 0;
    }

    /// <summary>The first number of a text, or null.</summary>
    public static double? Parse(string text)
    {
        text = text.Replace("−", "-", StringComparison.Ordinal).Replace("{,}", ",", StringComparison.Ordinal);
        if (Fraction().Match(text) is { Success: true } fraction && Plain(fraction.Groups["below"].Value) is var below && below != 0)
        {
            return (fraction.Groups["sign"].Value == "-" ? -1 : 1) * Plain(fraction.Groups["above"].Value) / below;
        }

        var match = Number().Match(text);
        return !match.Success ? null
            : Plain(match.Groups["digits"].Value + (match.Groups["e"].Success ? "e" + match.Groups["e"].Value : ""))
                * (match.Groups["ten"].Success ? Math.Pow(10, int.Parse(match.Groups["ten"].Value, CultureInfo.InvariantCulture)) : 1);
    }

    private static double Plain(string digits) => double.Parse(digits.Replace(",", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<digits>[-+]?(?:\d[\d,]*(?:\.\d*)?|\.\d+))(?:[eE](?<e>[-+]?\d{1,3}))?(?:\s*(?:\\times|\\cdot|×|\*|x)\s*10\s*\^\s*\{?(?<ten>[-+]?\d{1,3})\}?)?", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"^[\s$]*(?<sign>[-+]?)\s*(?:\\d?frac\{(?<above>\d+(?:\.\d+)?)\}\{(?<below>\d+(?:\.\d+)?)\}|(?<above>\d+(?:\.\d+)?)\s*/\s*(?<below>\d+(?:\.\d+)?))", RegexOptions.CultureInvariant)]
    private static partial Regex Fraction();

    [GeneratedRegex(@"^[\s$]*10\s*\^\s*\{?([-+]?\d{1,3})\}?", RegexOptions.CultureInvariant)]
    private static partial Regex UnitPower();
}

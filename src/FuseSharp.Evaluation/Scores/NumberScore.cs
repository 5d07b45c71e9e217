using System.Globalization;
using System.Text.RegularExpressions;

namespace FuseSharp.Evaluation.Scores;

/// <summary>SciBench's score: a number within 5 % of the expected one, whatever stands around it.</summary>
/// <remarks>
/// What stands before the last equals sign does not count. Read are numbers with thousands commas, <c>1.5e-3</c>, <c>1.5 \times 10^{-3}</c>, fractions, roots and π. The data give some answers in
/// units such as "10^{-19} J": there both 3.5 and 3.5·10^-19 are right.
/// </remarks>
public static partial class NumberScore
{
    private const double Tolerance = 0.05;

    /// <summary>1 where the text's number is right, else 0: as near as Python's <c>isclose(rel_tol=0.05)</c>, with which the benchmark's authors score.</summary>
    /// <param name="predicted">Text that holds a number.</param>
    /// <param name="expected">The number.</param>
    /// <param name="unit">Its unit; only a power of ten at its start counts.</param>
    public static double Compute(string predicted, string expected, string unit = "")
    {
        if (Parse(predicted) is not { } value || Parse(expected) is not { } wanted)
        {
            return 0;
        }

        bool IsNear(double right) => value == right || Math.Abs(value - right) <= Tolerance * Math.Max(Math.Abs(value), Math.Abs(right));
        double power = UnitPower().Match(unit) is { Success: true } match ? Math.Pow(10, int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)) : 1;
        return IsNear(wanted) || IsNear(wanted * power) ? 1 : 0;
    }

    /// <summary>The number of a text, or null; see <see cref="NumberExpression"/>.</summary>
    public static double? Parse(string text) => NumberExpression.Read(text) is { } value && double.IsFinite(value) ? value : null;

    [GeneratedRegex(@"^[\s$]*10\s*\^\s*\{?([-+]?\d{1,3})\}?", RegexOptions.CultureInvariant)]
    private static partial Regex UnitPower();
}

using System.Globalization;

namespace FuseSharp.Benchmarks;

/// <summary>One measured figure, beside what it is compared with.</summary>
/// <param name="Work">What was measured.</param>
/// <param name="Ours">How much.</param>
/// <param name="Unit">Of what; empty for a mere number.</param>
/// <param name="Goal">What it is held to: the ratio where there is a rival, otherwise the figure itself; null for what only explains.</param>
/// <param name="Rival">What it is compared with, measured in the same run; null where the goal is a figure by itself.</param>
internal sealed record Figure(string Work, double Ours, string Unit, Goal? Goal = null, Rival? Rival = null)
{
    /// <summary>Ours by the rival's; null without one.</summary>
    public double? Ratio => Ours / Rival?.Value;

    /// <summary>What the goal is held against.</summary>
    public double Judged => Ratio ?? Ours;

    /// <summary>By how much the goal is missed; 0 or less where it holds or there is none.</summary>
    public double Missed => Goal?.Missed(Judged) ?? 0;

    /// <summary>As the last line of a benchmark says it.</summary>
    public override string ToString()
        => Rival is null ? $"{Work} {Number(Ours)}{UnitOf}{GoalOf}" : FormattableString.Invariant($"{Work} {Number(Judged)} times {Rival.Name} ({Number(Ours)}{UnitOf}){GoalOf}");

    /// <summary>A number of three or four digits.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        >= 1000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("F0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("F1", CultureInfo.InvariantCulture),
        >= 1 or 0 => value.ToString("0.####", CultureInfo.InvariantCulture),
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    };

    private string UnitOf => Unit.Length > 0 ? " " + Unit : "";

    private string GoalOf => Goal is null ? "" : $" (goal {Goal})";
}

/// <summary>What a figure is compared with.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">Its figure of the same run, in the same unit.</param>
internal sealed record Rival(string Name, double Value);

/// <summary>What a figure is held to.</summary>
/// <param name="Value">The bound, which is allowed.</param>
/// <param name="IsLeast">Whether the figure must not be below it; otherwise not above.</param>
internal sealed record Goal(double Value, bool IsLeast)
{
    /// <summary>A lower bound.</summary>
    public static Goal AtLeast(double value) => new(value, IsLeast: true);

    /// <summary>An upper bound.</summary>
    public static Goal AtMost(double value) => new(value, IsLeast: false);

    /// <summary>By how much a value misses it; 0 or less where it holds, +∞ for what is no number.</summary>
    public double Missed(double value) => double.IsNaN(value) ? double.PositiveInfinity : IsLeast ? Value - value : value - Value;

    /// <inheritdoc/>
    public override string ToString() => (IsLeast ? "≥ " : "≤ ") + Figure.Number(Value);
}

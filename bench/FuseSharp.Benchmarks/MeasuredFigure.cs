using System.Globalization;

namespace FuseSharp.Benchmarks;

/// <summary>A figure over some runs.</summary>
/// <param name="Runs">At least one.</param>
internal sealed record MeasuredFigure(Figure[] Runs)
{
    /// <summary>The run whose judged figure is the median.</summary>
    public Figure Median => Runs.OrderBy(f => f.Judged).ElementAt(Runs.Length / 2);

    /// <summary>How far the judged figures lie apart.</summary>
    public double Spread => Runs.Max(f => f.Judged) - Runs.Min(f => f.Judged);

    /// <summary>Whether the goal is reached, or missed by no more than the runs lie apart.</summary>
    public bool Holds => !(Median.Missed > 0 && Median.Missed > Spread);

    /// <summary>The cells of a row.</summary>
    public override string ToString()
    {
        string spread = Runs.Length > 1 ? " ± " + Figure.Number(Spread) : "";
        string ours = $"{Figure.Number(Median.Ours)} {Median.Unit}".TrimEnd() + (Median.Ratio is null ? spread : "");
        string beside = Median.Rival is { } rival ? $"{rival.Name}: {Figure.Number(rival.Value)}" : "";
        string ratio = Median.Ratio is { } r ? Figure.Number(r) + spread : "";
        string holds = Median.Goal is null ? "" : Median.Missed <= 0 ? "yes" : Holds ? "within the spread" : "no";
        return string.Create(CultureInfo.InvariantCulture, $"{Median.Work} | {ours} | {beside} | {ratio} | {Median.Goal} | {holds}");
    }
}

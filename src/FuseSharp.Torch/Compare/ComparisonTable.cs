using System.Globalization;

namespace FuseSharp.Torch.Compare;

/// <summary>Bits per byte of several models in several domains: what a fusion is judged by.</summary>
/// <param name="Domains">Columns.</param>
/// <param name="Rows">Models in the order in which they are shown.</param>
public sealed record ComparisonTable(IReadOnlyList<string> Domains, IReadOnlyList<ComparisonRow> Rows)
{
    /// <summary>What was asked for and could not be made.</summary>
    public IReadOnlyList<NotMade> NotMade { get; init; } = [];

    /// <summary>A figure as the table shows it: <c>2.0517</c>, with several seeds <c>2.0517 ± 0.0004</c>.</summary>
    public static string Show((double Mean, double StandardError, int Seeds) figure)
        => figure.Seeds > 1
            ? string.Create(CultureInfo.InvariantCulture, $"{figure.Mean:F4} ± {figure.StandardError:F4}")
            : string.Create(CultureInfo.InvariantCulture, $"{figure.Mean:F4}");
}

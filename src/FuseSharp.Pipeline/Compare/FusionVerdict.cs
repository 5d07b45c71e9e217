using System.Globalization;
using FuseSharp.Statistics;

namespace FuseSharp.Pipeline.Compare;

/// <summary>Whether fusion helped, in a sentence.</summary>
public static class FusionVerdict
{
    // Of a difference that is smaller in standard errors one can't tell chance.
    private const double Clear = 2;

    /// <summary>The verdict on a comparison: of the differences on the same test documents, and over the seeds where there are several.</summary>
    /// <param name="rows">With their roles.</param>
    /// <param name="domains">What means are over.</param>
    /// <returns>Null where there is no fused model, or no training without fusion beside it.</returns>
    public static string? Compose(IReadOnlyList<ComparisonRow> rows, IReadOnlyList<string> domains)
    {
        var fused = rows.FirstOrDefault(r => r.Role == ModelRole.Fused);
        var clm = rows.FirstOrDefault(r => r.Role == ModelRole.Clm);
        if (fused is null || clm is null || rows.Where(r => r.Role is ModelRole.Target or ModelRole.Source).MinBy(r => r.Mean(domains).Mean) is not { } best)
        {
            return null;
        }

        var below = fused.Below(clm, domains);
        double ahead = fused.StandardErrorsAhead(clm, domains);
        string[] sentences =
        [
            .. double.IsFinite(below.Mean) ? [Compose(fused.Mean(domains).Mean, below.Mean, below.StandardError, (best.Model, best.Mean(domains).Mean))] : Array.Empty<string>(),
            .. double.IsFinite(ahead)
                ? [string.Create(CultureInfo.InvariantCulture, $"Over {fused.Seeds.Count} seeds: {Math.Abs(ahead):F1} standard errors {(ahead < 0 ? "behind" : "ahead of")} CLM.")] : Array.Empty<string>(),
        ];
        return sentences.Length == 0 ? null : string.Join('\n', sentences);
    }

    /// <summary>The verdict on a difference.</summary>
    /// <param name="fused">Bits per byte of the fused model, mean of the domains.</param>
    /// <param name="below">By how many bits per byte it lies below training without fusion, on the same texts.</param>
    /// <param name="error">Standard error of <paramref name="below"/>; NaN where it is not known.</param>
    /// <param name="best">Name and bits per byte of the best of the untrained models.</param>
    /// <returns>A sentence or two.</returns>
    public static string Compose(double fused, double below, double error, (string Name, double Bits) best)
    {
        string size = $"{new Estimate(Math.Abs(below), error).Show()} bits per byte";
        string against = Math.Abs(below) < Clear * error ? $"Fusion made no clear difference: the fused model is {size} {(below < 0 ? "worse" : "better")} than training without fusion (CLM)."
            : below > 0 ? $"Fusion helped: the fused model is {size} better than training without fusion (CLM)."
            : $"Fusion did not help: the fused model is {size} worse than training without fusion (CLM).";
        string single = string.Create(CultureInfo.InvariantCulture, $" It is {Math.Abs(fused - best.Bits):F4} {(fused <= best.Bits ? "better" : "worse")} than the best single model, {best.Name}, over all domains together.");
        return against + single;
    }
}

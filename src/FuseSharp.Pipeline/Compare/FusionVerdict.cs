using System.Globalization;
using System.Text.Json;
using FuseSharp.Files;
using FuseSharp.Statistics;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Pipeline.Compare;

/// <summary>Whether fusion helped, from what was measured: on the console, at the top of the report, in the model's card and in <c>verdict.json</c>.</summary>
/// <param name="Outcome">In a word.</param>
/// <param name="Fused">Bits per byte of the fused model on the test texts, mean of the areas.</param>
/// <param name="Ahead">By how many bits per byte it lies below training without fusion; null where there is none. The error is over the texts, document by document, and over the seeds, seed by seed.</param>
/// <param name="Seeds">Trainings; of one, what others would differ by is not known.</param>
/// <param name="Areas">Areas with test texts.</param>
/// <param name="Better">Those in which the fused model is better than the untouched target.</param>
/// <param name="BestSingle">The best of the untrained models over all areas.</param>
/// <param name="BestSingleBits">Its bits per byte.</param>
/// <param name="Reasons">Why it is so, measured figures only; empty where it helped.</param>
public sealed record FusionVerdict(
    VerdictOutcome Outcome, double Fused, VerdictDifference? Ahead, int Seeds, IReadOnlyList<string> Areas, IReadOnlyList<string> Better, string BestSingle, double BestSingleBits, IReadOnlyList<string> Reasons)
{
    // Of a difference that is smaller in standard errors one can't tell chance.
    private const double Clear = 2;

    /// <summary>All of it in a sentence or two.</summary>
    public string Sentence => $"{Headline}{(Reasons.Count == 0 ? "" : $", {string.Join("; ", Reasons)}")}. {Seeding}{Single}";

    private string Headline
    {
        get
        {
            string areas = Areas.Count == 0 ? "" : FormattableString.Invariant($"better than the target in {Better.Count} of {Areas.Count} areas");
            return Outcome switch
            {
                VerdictOutcome.Helped => $"Fusion helped: {Size} better than training without it, {areas}",
                VerdictOutcome.NoClearDifference => $"Fusion made no clear difference: {Size} {(Ahead!.Bits < 0 ? "worse" : "better")} than training without it, {areas}",
                VerdictOutcome.DidNotHelp => $"Fusion did not help: {Size} worse than training without it, {areas}",
                _ => $"The fused model is {areas}; whether fusion helped is not known without a training that does not fuse (baselines.clm)",
            };
        }
    }

    private string Size => $"{new Estimate(Math.Abs(Ahead!.Bits), Ahead.StandardError ?? double.NaN).Show()} bits per byte";

    private string Seeding => Ahead is null ? "" : Seeds == 1 ? "One seed: how much another would differ is not known. " : FormattableString.Invariant($"The error is over texts and {Seeds} seeds. ");

    private string Single => string.Create(CultureInfo.InvariantCulture, $"It is {Math.Abs(Fused - BestSingleBits):F4} {(Fused <= BestSingleBits ? "better" : "worse")} than the best single model, {BestSingle}, over all areas together.");

    /// <summary>The verdict on a comparison.</summary>
    /// <param name="rows">With their roles.</param>
    /// <param name="domains">The areas that means are over.</param>
    /// <param name="evidence">What else was measured.</param>
    /// <returns>Null where there is no fused model, or nothing was measured.</returns>
    public static FusionVerdict? Create(IReadOnlyList<ComparisonRow> rows, IReadOnlyList<string> domains, VerdictEvidence evidence)
    {
        var fused = rows.FirstOrDefault(r => r.Role == ModelRole.Fused);
        var target = rows.FirstOrDefault(r => r.Role == ModelRole.Target);
        var best = rows.Where(r => r.Role is ModelRole.Target or ModelRole.Source).MinBy(r => r.Mean(domains).Mean);
        string[] areas = fused is null ? [] : [.. domains.Where(d => double.IsFinite(fused.Of(d).Mean))];
        if (fused is null || target is null || best is null || areas.Length == 0)
        {
            return null;
        }

        string[] better = [.. areas.Where(d => fused.Of(d).Mean < target.Of(d).Mean)];
        var ahead = rows.FirstOrDefault(r => r.Role == ModelRole.Clm) is { } clm ? fused.PairedBelow(clm, areas) : new Estimate(double.NaN, double.NaN);
        var outcome = !double.IsFinite(ahead.Mean) ? VerdictOutcome.Unknown
            : ahead.Mean == 0 || Math.Abs(ahead.Mean) < Clear * ahead.StandardError ? VerdictOutcome.NoClearDifference
            : ahead.Mean > 0 ? VerdictOutcome.Helped : VerdictOutcome.DidNotHelp;
        return new FusionVerdict(outcome, fused.Mean(domains).Mean, double.IsFinite(ahead.Mean) ? new(ahead.Mean, double.IsFinite(ahead.StandardError) ? ahead.StandardError : null) : null,
            fused.Seeds.Count, areas, better, best.Model, best.Mean(domains).Mean, outcome == VerdictOutcome.Helped ? [] : [.. ReasonsOf(rows, target, areas, evidence)]);
    }

    /// <summary>Writes it for machines, whole or not at all.</summary>
    /// <param name="path">The file; replaced.</param>
    public void Write(string path) => Durable.WriteText(path, JsonSerializer.Serialize(this, ArtifactJson.Options) + "\n");

    /// <inheritdoc/>
    public override string ToString() => Sentence;

    private static IEnumerable<string> ReasonsOf(IReadOnlyList<ComparisonRow> rows, ComparisonRow target, string[] areas, VerdictEvidence evidence)
    {
        if (evidence.IsUntouched)
        {
            yield return "because no state of the training was better on the validation texts than the untouched target, which is the result";
        }

        var sources = rows.Where(r => r.Role == ModelRole.Source).ToList();
        if (evidence.SourceShare is not { } share || sources.Count == 0)
        {
            yield break;
        }

        string[] ahead = [.. areas.Where(d => sources.Exists(s => s.Of(d).Mean < target.Of(d).Mean))];
        string taught = string.Create(CultureInfo.InvariantCulture, $"the sources taught {100 * share:0.#} % of the tokens");
        yield return ahead.Length == 0 ? $"because {taught}: they are worse than the target on these texts"
            : FormattableString.Invariant($"although {taught} and one of them is better than the target in {ahead.Length} of {areas.Length} areas ({string.Join(", ", ahead)})");
    }
}

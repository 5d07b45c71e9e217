using FuseSharp.Errors;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;

namespace FuseSharp.Pipeline.Compare;

/// <summary>What a run measured beside the test texts, and a verdict gives as its reason.</summary>
/// <param name="SourceShare">Of the training tokens, those that a source taught, 0–1; null where that is not known, or where models were blended.</param>
/// <param name="IsUntouched">Whether the fused model is the target as it was, of all seeds: no state of its training was better on the validation texts.</param>
public sealed record VerdictEvidence(double? SourceShare, bool IsUntouched)
{
    /// <summary>Reads it from a run's folder. What is not there or damaged is not known.</summary>
    /// <param name="run">The folder.</param>
    /// <param name="result">The row that the run is for.</param>
    public static VerdictEvidence Read(RunFolder run, ComparedModel result)
        => new(Found(() => ShareOf(TeachingStage.Read(run.Teaching))),
            Found<bool>(() => result.Runs.All(r => r.Training is not null && KeptState.Read(r.Model!) is { IsUntouched: true })) == true);

    private static double? ShareOf(IReadOnlyDictionary<string, IReadOnlyDictionary<int, double>> taught)
    {
        var all = taught.Values.SelectMany(t => t).ToList();
        return all.Count == 0 || all.Exists(t => t.Key < 0) ? null : all.Where(t => t.Key > 0).Sum(t => t.Value) / all.Sum(t => t.Value);
    }

    private static T? Found<T>(Func<T?> read)
        where T : struct
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is FuseSharpException or IOException or FormatException)
        {
            return null;
        }
    }
}

using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;


namespace FuseSharp.Pipeline.Compare;

/// <summary>One model of a row.</summary>
/// <param name="Model">Its folder or GGUF file; null for the ensemble, which is no model.</param>
public sealed record ModelRun(string? Model)
{
    /// <summary>What the run's folders for its figures are called after.</summary>
    public string Name => Model ?? RunFolder.Ensemble;

    /// <summary>How it is trained, where it is a training.</summary>
    public TrainOptions? Training { get; init; }

    /// <summary>How it is merged, where it is a merge.</summary>
    public MergeOptions? Merge { get; init; }
}

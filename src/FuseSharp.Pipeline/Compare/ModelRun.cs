using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;


namespace FuseSharp.Pipeline.Compare;

/// <summary>One model of a row.</summary>
/// <param name="Model">Its folder or GGUF file, or the name of one behind a server; null for the ensemble, which is no model.</param>
public sealed record ModelRun(string? Model)
{
    /// <summary>What the run's folders for its figures are called after.</summary>
    public string Name => Model ?? RunFolder.Ensemble;

    /// <summary>The source, where a server has its weights.</summary>
    public RecipeModel? Served { get; init; }

    /// <summary>How it is trained, where it is a training.</summary>
    public TrainOptions? Training { get; init; }

    /// <summary>What trainings that differ by nothing but their seeds are called together, where it is one.</summary>
    public string? Method { get; init; }

    /// <summary>How it is merged, where it is a merge.</summary>
    public MergeOptions? Merge { get; init; }

    /// <summary>Trainings that are made for it alone, where it is a merge of such.</summary>
    public IReadOnlyList<ModelRun> Parts { get; init; } = [];

    /// <summary>All trainings that it takes.</summary>
    public IEnumerable<ModelRun> Trainings => Training is null ? Parts : [this];
}

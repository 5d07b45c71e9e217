using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Ranks;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Plan;

/// <summary>What the steps of a run work with; decides nothing of what they make but by the device's number type.</summary>
/// <param name="Recipe">Of the run.</param>
/// <param name="Device">Where models run.</param>
/// <param name="Stage">What each step's stage works in: all ranks do all steps.</param>
internal sealed record StepContext(Recipe Recipe, Device Device, StageContext Stage)
{
    /// <summary>Whether finished shards are checked and damaged ones made again.</summary>
    public bool Repairs { get; init; }

    /// <summary>Whether the next training warns if it has only a few steps: it is said once.</summary>
    public bool WarnsOfLength { get; set; } = true;

    /// <summary>Where and how a data stage writes.</summary>
    public StageOutput Output(string folder)
        => new(folder) { Compression = Recipe.Store.Compression, SkipsBadDocuments = Recipe.Store.SkipBadDocuments, Repairs = Repairs };

    /// <summary>Loads a model that is compared.</summary>
    /// <param name="model">A folder or GGUF file.</param>
    public LanguageModel Load(string model) => LanguageModel.Load(ModelName.FromPath(model), model, EvaluationType, Device);

    /// <summary>Loads a model that writes texts: what a GGUF file has in blocks stays there in float32.</summary>
    /// <param name="model">A folder or GGUF file.</param>
    public LanguageModel LoadWriter(string model) => LanguageModel.Load(ModelName.FromPath(model), model, EvaluationType, Device, keepsStored: true);

    /// <summary>Working type of models that are compared.</summary>
    public ScalarType EvaluationType => WorkingType.Resolve(Recipe.Evaluate.Precision, Device);

    /// <summary>Does a step.</summary>
    public void Do(FusionStep step)
    {
        if (Stage.Cancellation.IsCancellationRequested)
        {
            throw new StoppedException($"Stopped before the step '{step.Name}'; the same command goes on there.", Stage.Cancellation);
        }

        if (!step.IsDoneOnOneRank)
        {
            step.Work(this);
            return;
        }

        if (Stage.Ranks.Rank == 0)
        {
            step.Work(this with { Stage = Stage with { Ranks = SingleProcess.Instance } }); // the others wait below: nobody would answer
        }

        Stage.Ranks.Barrier();
    }
}

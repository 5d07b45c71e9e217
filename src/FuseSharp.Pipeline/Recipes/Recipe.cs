using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FuseSharp.Errors;
using FuseSharp.Evaluation;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Conversations;
using FuseSharp.Fusion.Pack;
using FuseSharp.Fusion.Split;
using FuseSharp.Models.Generate;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Pipeline.Recipes;

/// <summary>A whole fusion: what is fused, on which texts, and whatever differs from the defaults.</summary>
/// <remarks>Written as YAML, keys in snake_case; paths are relative to the recipe's folder.</remarks>
public sealed record Recipe
{
    /// <summary>Folder of the run: every stage's output and the results.</summary>
    [Required] public string Output { get; init; } = "";

    /// <summary>Folder of the model that is trained.</summary>
    [Required] public string Target { get; init; } = "";

    /// <summary>Folders of the models whose knowledge is fused into it, or models that an inference server holds; the target is always among the teachers. May be left out where nothing is fused (train.fusion: none).</summary>
    public IReadOnlyList<RecipeModel> Sources { get; init; } = [];

    /// <summary>The texts, domain by domain; results are reported per domain.</summary>
    [Required] public IReadOnlyDictionary<string, TextEntry> Texts { get; init; } = new Dictionary<string, TextEntry>();

    /// <summary>How conversations among the texts are read, and what of them is learned.</summary>
    public ChatOptions Chat { get; init; } = new();

    /// <summary>Stage 1.</summary>
    public SplitOptions Split { get; init; } = new();

    /// <summary>Stage 2.</summary>
    public RepresentOptions Represent { get; init; } = new();

    /// <summary>How stages 1, 2, 4 and 5 write.</summary>
    public StoreOptions Store { get; init; } = new();

    /// <summary>Stages 3 and 4.</summary>
    public AlignOptions Align { get; init; } = new();

    /// <summary>Stage 5.</summary>
    public PackOptions Pack { get; init; } = new();

    /// <summary>Stage 6.</summary>
    public TrainOptions Train { get; init; } = new();

    /// <summary>Stage 7.</summary>
    public EvaluateOptions Evaluate { get; init; } = new();

    /// <summary>Stage 8.</summary>
    public GenerateOptions Generate { get; init; } = new();

    /// <summary>Processes that <c>fusesharp plan</c> plans for. How many a run has is for mpirun or srun to say, not for the recipe.</summary>
    [Range(1, 100_000)] public int Ranks { get; init; } = 1;

    /// <summary>What the fused model is compared with.</summary>
    public BaselineOptions Baselines { get; init; } = new();

    /// <summary>Trainings with different seeds, counted up from <see cref="TrainOptions.Seed"/>; from 2 on, tables give mean and standard error.</summary>
    [Range(1, 100)] public int Seeds { get; init; } = 1;

    /// <summary>Whether the sources' rows are projected onto the target's vocabulary when they are represented.</summary>
    [JsonIgnore] public bool ProjectsRows => Represent.Rows != RepresentRows.Tokens && Align.TakesProjectedRows();

    /// <summary>Models that write the training texts of a domain; none where they are given.</summary>
    /// <param name="entry">The domain.</param>
    /// <exception cref="UsageException">It names no model of the recipe.</exception>
    public IReadOnlyList<string> WritersOf(TextEntry entry)
        => [.. (entry.WrittenBy ?? []).SelectMany(w => w == TextEntry.Sources ? Sources : w == TextEntry.Target ? [Target]
            : Models.Where(m => m.Name == w) is var named && named.Any() ? named
            : throw new UsageException($"'written_by' names '{w}', expected {TextEntry.Sources}, {TextEntry.Target} or models of the recipe: {string.Join(", ", Models.Select(m => m.Name))}."))
            .Select(m => m.HasWeights ? m.Files : throw new UsageException($"'written_by' names '{m.Name}', a model behind a server, expected models whose weights are here. Name others.")).Distinct()];

    /// <summary>Whether some of the texts are conversations; looks at their first documents.</summary>
    public bool HoldsConversations() => Texts.Values.Any(DomainTexts.HoldsConversations);

    /// <summary>All models that are fused: the target, then the sources.</summary>
    [JsonIgnore] public IEnumerable<RecipeModel> Models => Sources.Prepend(Target);

    /// <summary>Those of them whose weights are here.</summary>
    [JsonIgnore] public IEnumerable<string> LocalModels => Models.Where(m => m.HasWeights).Select(m => m.Files);
}

using FuseSharp.Errors;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Plan;
using FuseSharp.Pipeline.Recipes;


namespace FuseSharp.Report.Content;

/// <summary>A run's folder, opened for its report.</summary>
/// <param name="Plan">What was run, with its steps.</param>
public sealed record RunArtifacts(FusionPlan Plan)
{
    /// <summary>What was run.</summary>
    public Recipe Recipe => Plan.Recipe;

    /// <summary>Where everything is.</summary>
    public RunFolder Folder => Plan.Folder;

    /// <summary>Rows of its comparison.</summary>
    public ComparedModels Compared => Plan.Compared;

    /// <summary>Opens a run.</summary>
    /// <param name="folder">With a recipe in it.</param>
    /// <exception cref="ArtifactException">There is none.</exception>
    public static RunArtifacts Open(string folder)
    {
        var run = new RunFolder(folder);
        if (!File.Exists(run.EffectiveRecipe))
        {
            throw new ArtifactException($"'{folder}' is not the folder of a run: it has no {Path.GetFileName(run.EffectiveRecipe)}. Name the 'output' of a recipe that was run, or run it again.");
        }

        var recipe = RecipeReader.Read(run.EffectiveRecipe) with { Output = Path.GetFullPath(folder) }; // a run that was moved is read where it lies
        return new RunArtifacts(FusionPlan.Create(recipe));
    }

    /// <summary>What a stage has written, or null where it has not, or the file is damaged.</summary>
    internal static T? Found<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is FuseSharpException or IOException or UnauthorizedAccessException or System.Text.Json.JsonException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Rows whose figures on the test texts are there, each with one result by domain for each seed.</summary>
    internal IReadOnlyList<(ComparedModel ComparedModel, IReadOnlyList<IReadOnlyDictionary<string, BitsPerByteResult>> Seeds)> Scored()
        => [.. Compared.All.Select(c => (c, (IReadOnlyList<IReadOnlyDictionary<string, BitsPerByteResult>>)[.. c.Runs.Select(e => Found(() => EvaluateStage.Read(Folder.Evaluate(e.Name)))).OfType<IReadOnlyDictionary<string, BitsPerByteResult>>()]))
            .Where(c => c.Item2.Count > 0)];
}

using FuseSharp.Errors;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Recipes;


namespace FuseSharp.Report;

/// <summary>A run's folder, opened for its report.</summary>
/// <param name="Recipe">What was run.</param>
/// <param name="Folder">Where everything is.</param>
/// <param name="Contenders">Rows of its comparison.</param>
public sealed record RunArtifacts(Recipe Recipe, RunFolder Folder, Contenders Contenders)
{
    /// <summary>Opens a run.</summary>
    /// <param name="folder">With a recipe in it.</param>
    /// <exception cref="ArtifactException">There is none.</exception>
    public static RunArtifacts Open(string folder)
    {
        var run = new RunFolder(folder);
        if (!File.Exists(run.EffectiveRecipe))
        {
            throw new ArtifactException($"'{folder}' is no run's folder: it has no {Path.GetFileName(run.EffectiveRecipe)}. Name the 'output' of a recipe that was run, or run it again.");
        }

        var recipe = RecipeReader.Read(run.EffectiveRecipe) with { Output = Path.GetFullPath(folder) }; // a run that was moved is read where it lies
        return new RunArtifacts(recipe, run, new Contenders(recipe, run));
    }

    /// <summary>What a stage has written, or null where it has not, or the file is damaged.</summary>
    internal static T? Found<T>(Func<T> read)
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
    internal IReadOnlyList<(Contender Contender, IReadOnlyList<IReadOnlyDictionary<string, BitsPerByteResult>> Seeds)> Scored()
        => [.. Contenders.All.Select(c => (c, (IReadOnlyList<IReadOnlyDictionary<string, BitsPerByteResult>>)[.. c.Entries.Select(e => Found(() => EvaluateStage.Read(Folder.Evaluate(e.Name)))).OfType<IReadOnlyDictionary<string, BitsPerByteResult>>()]))
            .Where(c => c.Item2.Count > 0)];
}

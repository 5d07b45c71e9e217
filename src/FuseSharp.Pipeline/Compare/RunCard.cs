using FuseSharp.Files;
using FuseSharp.Models.Adapters;
using FuseSharp.Pipeline.Cards;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;

namespace FuseSharp.Pipeline.Compare;

/// <summary>The card of a model that was trained and measured: results and recipe in it.</summary>
public static class RunCard
{
    private const string CachedDataset = "datasets--";

    /// <summary>Of a run's fused model, with its results.</summary>
    /// <param name="recipe">The run's.</param>
    /// <param name="name">Of the model.</param>
    /// <param name="table">What it was compared with.</param>
    /// <param name="verdict">Whether fusion helped; empty where that is not known.</param>
    public static ModelCard Create(Recipe recipe, string name, ComparisonTable table, string verdict)
    {
        string target = ModelName.FromPath(recipe.Target);
        bool isAdapter = recipe.Train.Mode != TrainMode.Full && !recipe.Train.Lora.Merge;
        return new ModelCard(name, [.. recipe.Models.Select(m => !m.HasWeights || AdapterFolder.Is(m.Files) ? new ModelOrigin(m.Name, null) : ModelOrigin.Read(m.Files))], DatasetsOf(recipe))
        {
            Library = isAdapter ? "peft" : "transformers",
            Paragraphs =
            [
                recipe.Sources.Count == 0 ? $"{target}, trained with {ModelCard.Program}."
                    : $"{target}, into which {string.Join(", ", recipe.Sources.Select(s => s.Name))} {(recipe.Sources.Count == 1 ? "was" : "were")} fused with {ModelCard.Program} (the method is [FuseLLM](https://arxiv.org/abs/2401.10491)): at each token of the training texts it learned the next token, and what the best model of the document expects there.",
                verdict,
                "## Results",
                "Bits per byte of texts that it has not seen in this training; lower is better." + (table.MarkNote is { } note ? $" {note}" : "") + (recipe.Seeds > 1 ? $" Means and standard errors over {recipe.Seeds} trainings." : ""),
                Markdown(table),
                "## How it was made",
                "The recipe, every default written out; models and texts by the names of their files:",
                $"```yaml\n{RecipeWriter.ToYaml(WithoutPlaces(recipe)).TrimEnd()}\n```",
            ],
        };
    }

    // Of files in Hugging Face's cache, whose folders are called "datasets--ORGANIZATION--NAME"; names of domains are ids of nothing.
    private static string[] DatasetsOf(Recipe recipe)
        => [.. recipe.Texts.Values.SelectMany(t => new[] { t.Path, t.Train, t.Validation, t.Test }).OfType<string>().SelectMany(p => p.Split('/', '\\'))
            .Where(f => f.StartsWith(CachedDataset, StringComparison.Ordinal)).Select(f => f[CachedDataset.Length..].Replace("--", "/", StringComparison.Ordinal)).Distinct()];

    private static string Markdown(ComparisonTable table)
    {
        string[] heads = ["model", .. table.Domains, table.MeanName];
        var rows = table.Rows.Select(r => (string[])[r.Model, .. table.Cells(r)]);
        return string.Join('\n', rows.Prepend([.. heads.Select((_, i) => i == 0 ? "---" : "---:")]).Prepend(heads).Select(r => $"| {string.Join(" | ", r.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal)))} |"));
    }

    // Where things lie on this machine is nobody's business.
    private static Recipe WithoutPlaces(Recipe recipe) => recipe with
    {
        Output = ModelName.FromPath(recipe.Output),
        Target = ModelName.FromPath(recipe.Target),
        Sources = [.. recipe.Sources.Select(s => s.HasWeights ? RecipeModel.FromString(s.Name) : s with { Endpoint = "http://SERVER/v1", Tokenizer = ModelName.FromPath(s.Files) })],
        Texts = recipe.Texts.ToDictionary(t => t.Key, t => t.Value with
        {
            Path = NameOf(t.Value.Path),
            Train = NameOf(t.Value.Train),
            Validation = NameOf(t.Value.Validation),
            Test = NameOf(t.Value.Test),
        }),
        Baselines = recipe.Baselines with { MergeBase = NameOf(recipe.Baselines.MergeBase) },
        Evaluate = recipe.Evaluate with { Data = NameOf(recipe.Evaluate.Data), Tasks = [.. recipe.Evaluate.Tasks.Select(t => NameOf(t)!)], Judge = recipe.Evaluate.Judge with { Endpoint = null } },
    };

    private static string? NameOf(string? path) => path is null ? null : Path.IsPathRooted(path) ? ModelName.FromPath(path) : path;
}

using System.Globalization;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Export;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;

namespace FuseSharp.Pipeline.Cards;

/// <summary>The cards of models that are made here: a short one when a model is written, a whole one when it was measured.</summary>
public static class ModelCards
{
    private const string CachedDataset = "datasets--";

    private static string Version => typeof(ModelCards).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>What is known of a model's license and origin: by its own card, and for an adapter by its base.</summary>
    /// <param name="model">A folder or a GGUF file.</param>
    public static CardMatter MatterOf(string model)
    {
        var card = CardReader.Read(model);
        if (!AdapterFolder.Is(model))
        {
            return card;
        }

        var origin = ModelOrigin.Of(AdapterFolder.BaseOf(model));
        return card with
        {
            Licenses = card.Licenses.Count > 0 || origin.License is null ? card.Licenses : [origin.License],
            BaseModels = card.BaseModels.Count > 0 ? card.BaseModels : [origin.Name],
        };
    }

    /// <summary>Of a training.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="target">What it was trained from.</param>
    /// <param name="sources">Names of the models whose distributions it learned; none where it did not.</param>
    /// <param name="options">How.</param>
    /// <param name="blocks">Training sequences.</param>
    internal static ModelCard OfTraining(string name, string target, IReadOnlyList<string> sources, TrainOptions options, int blocks)
    {
        bool fuses = options.Fusion is not null && sources.Count > 0;
        return new ModelCard(name, [ModelOrigin.Of(target)], [])
        {
            Library = options.Mode == TrainMode.Full || options.Lora.Merge ? "transformers" : "peft",
            Paragraphs =
            [
                $"{Recipe.NameOf(target)}, trained with FuseSharp {Version} on texts{(fuses ? $" and on what {string.Join(", ", sources)} expect at each of their tokens" : "")}.",
                string.Create(CultureInfo.InvariantCulture, $"{blocks:N0} sequences, {ScheduleOf(options)}, weight of the next-token loss {options.Fusion?.NextTokenWeight ?? 1}, seed {options.Seed}."),
            ],
        };
    }

    /// <summary>Of a model that was made from nothing but texts.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="options">How.</param>
    /// <param name="blocks">Training sequences.</param>
    /// <param name="blockLength">Tokens of each.</param>
    internal static ModelCard OfPretraining(string name, TrainOptions options, int blocks, int blockLength)
        => new(name, [], [])
        {
            Paragraphs =
            [
                $"Trained from random weights with FuseSharp {Version}.",
                string.Create(CultureInfo.InvariantCulture, $"{blocks:N0} sequences of {blockLength:N0} tokens, {ScheduleOf(options)}, seed {options.Seed}."),
            ],
        };

    /// <summary>Of a merge.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="options">What was merged and how.</param>
    internal static ModelCard OfMerge(string name, MergeOptions options)
    {
        string[] models = [.. options.Models.Select(m => m.Model), .. options.BaseModel is { } root ? [root] : Array.Empty<string>()];
        return new ModelCard(name, [.. models.Distinct().Select(ModelOrigin.Of)], [])
        {
            Paragraphs = [$"{string.Join(", ", options.Models.Select(m => Recipe.NameOf(m.Model)))}, merged by {RecipeNames.Of(options.MergeMethod)}{(options.BaseModel is { } model ? $" from {Recipe.NameOf(model)}" : "")} with FuseSharp {Version}: no training."],
        };
    }

    /// <summary>Of a run's fused model, with its results.</summary>
    /// <param name="recipe">The run's.</param>
    /// <param name="name">Of the model.</param>
    /// <param name="table">What it was compared with.</param>
    /// <param name="verdict">Whether fusion helped; empty where that is not known.</param>
    public static ModelCard OfRun(Recipe recipe, string name, ComparisonTable table, string verdict)
    {
        string target = Recipe.NameOf(recipe.Target);
        bool isAdapter = recipe.Train.Mode != TrainMode.Full && !recipe.Train.Lora.Merge;
        return new ModelCard(name, [.. recipe.Models.Select(m => AdapterFolder.Is(m) ? new ModelOrigin(Recipe.NameOf(m), null) : ModelOrigin.Of(m))], DatasetsOf(recipe))
        {
            Library = isAdapter ? "peft" : "transformers",
            Paragraphs =
            [
                recipe.Sources.Count == 0 ? $"{target}, trained with FuseSharp {Version}."
                    : $"{target}, into which {string.Join(", ", recipe.Sources.Select(Recipe.NameOf))} {(recipe.Sources.Count == 1 ? "was" : "were")} fused with FuseSharp {Version} (the method is [FuseLLM](https://arxiv.org/abs/2401.10491)): at each token of the training texts it learned the next token, and what the best model of the document expects there.",
                verdict,
                "## Results",
                "Bits per byte of texts that it has not seen in this training; lower is better." + (recipe.Seeds > 1 ? $" Means and standard errors over {recipe.Seeds} trainings." : ""),
                Markdown(table),
                "## How it was made",
                "The recipe, every default written out; models and texts by the names of their files:",
                $"```yaml\n{RecipeWriter.ToYaml(WithoutPlaces(recipe)).TrimEnd()}\n```",
            ],
        };
    }

    private static string ScheduleOf(TrainOptions options)
        => string.Create(CultureInfo.InvariantCulture, $"{options.Epochs} epoch{(options.Epochs == 1 ? "" : "s")}, batches of {options.BatchSize}, largest learning rate {options.LearningRate}");

    // Of files in Hugging Face's cache, whose folders are called "datasets--ORGANIZATION--NAME"; names of domains are ids of nothing.
    private static string[] DatasetsOf(Recipe recipe)
        => [.. recipe.Texts.Values.SelectMany(t => new[] { t.Path, t.Train, t.Validation, t.Test }).OfType<string>().SelectMany(p => p.Split('/', '\\'))
            .Where(f => f.StartsWith(CachedDataset, StringComparison.Ordinal)).Select(f => f[CachedDataset.Length..].Replace("--", "/", StringComparison.Ordinal)).Distinct()];

    private static string Markdown(ComparisonTable table)
    {
        string[] heads = ["model", .. table.Domains, table.MeanName];
        var rows = table.Rows.Select(r => (string[])[r.Model, .. table.Domains.Select(r.Of).Append(r.Mean(table.Domains)).Select(f => ComparisonTable.Show(f, r.Seeds.Count))]);
        return string.Join('\n', rows.Prepend([.. heads.Select((_, i) => i == 0 ? "---" : "---:")]).Prepend(heads).Select(r => $"| {string.Join(" | ", r.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal)))} |"));
    }

    // Where things lie on this machine is nobody's business.
    private static Recipe WithoutPlaces(Recipe recipe) => recipe with
    {
        Output = Recipe.NameOf(recipe.Output),
        Target = Recipe.NameOf(recipe.Target),
        Sources = [.. recipe.Sources.Select(Recipe.NameOf)],
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

    private static string? NameOf(string? path) => path is null ? null : Path.IsPathRooted(path) ? Recipe.NameOf(path) : path;
}

using FuseSharp.Errors;
using FuseSharp.Evaluation.Judge;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers.Chat;
using FuseSharp.Tokenizers.Files;


namespace FuseSharp.Pipeline.Check;

/// <summary>Finds all faults of a recipe before any costly work: what stands in it, then what shows from the headers of its models' files, the first documents of its texts and the first questions of its benchmarks.</summary>
public static class FusionCheck
{
    /// <summary>Checks a recipe.</summary>
    /// <param name="recipe">As it was read.</param>
    /// <param name="needsWeights">False for a look ahead at models of which only the shapes are there; see <see cref="WithoutWeights"/>.</param>
    /// <exception cref="UsageException">All faults together, a line each.</exception>
    public static void Run(Recipe recipe, bool needsWeights = true)
    {
        string[] models = [.. recipe.LocalModels.Distinct().Where(Path.Exists)];
        bool areAllThere = recipe.Models.All(m => Path.Exists(m.Files));
        string[] texts = [.. recipe.Texts.SelectMany(t => TextCheck.ErrorsOf(t.Key, t.Value, recipe.Store.SkipBadDocuments))];
        string[] faults =
        [
            .. RecipeValidator.ErrorsOf(recipe),
            .. Collected(() => OutputErrors(recipe)),
            .. models.SelectMany(m => Collected(() => ModelErrors(recipe, m, needsWeights))),
            .. recipe.Sources.Where(s => !s.HasWeights && Path.Exists(s.Files)).SelectMany(s => Collected(() => TokenizerErrors(recipe, s.Files))),
            .. needsWeights || !models.Any(WeightFiles.AreAbsent) ? Collected(() => MergeErrors(recipe)) : [],
            .. texts,
            .. texts.Length == 0 && areAllThere ? Collected(() => ConversationCheck.ErrorsOf(recipe)) : [],
            .. Directory.Exists(recipe.Evaluate.Data) ? recipe.Evaluate.Tasks.SelectMany(t => Collected(() => TaskErrors(recipe, t))) : [],
        ];
        if (faults.Length > 0)
        {
            throw new UsageException(string.Join('\n', faults.Distinct()));
        }
    }

    /// <summary>The models of a recipe of which only config.json and the tokenizer are there, a line each that says so: a run refuses them.</summary>
    /// <param name="recipe">Checked.</param>
    public static IReadOnlyList<string> WithoutWeights(Recipe recipe)
        => [.. recipe.LocalModels.Distinct().Where(WeightFiles.AreAbsent).Select(m => $"'{m}' holds no weights yet: its shape is taken from config.json, and 'fusesharp run' will refuse it. Download the rest first.")];

    private static IEnumerable<string> OutputErrors(Recipe recipe)
    {
        if (recipe.Output.Length > 0) // told of otherwise
        {
            OutputGuard.CheckRun(recipe.Output, new RunFolder(recipe.Output).Admits, recipe.Models.Select(m => m.Files).Where(f => f.Length > 0));
        }

        return [];
    }

    // What is found, and the message of what ends the finding.
    private static List<string> Collected(Func<IEnumerable<string>> find)
    {
        var faults = new List<string>();
        try
        {
            faults.AddRange(find());
        }
        catch (FuseSharpException fault)
        {
            faults.Add(fault.Message);
        }

        return faults;
    }

    private static IEnumerable<string> ModelErrors(Recipe recipe, string model, bool needsWeights)
        => [
            .. ModelCheck.ErrorsOf(model, n => model == recipe.Target && recipe.Train.Mode != TrainMode.Full ? LowRankAdapters.ErrorOf(n, recipe.Train.Lora) : null, needsWeights),
            .. Collected(() => TokenizerErrors(recipe, model)),
        ];

    private static IEnumerable<string> TokenizerErrors(Recipe recipe, string model)
    {
        int tokens = TokenizerFolder.Load(model).Vocabulary.Count; // a config.json that cannot be read was told of above
        if (Config(model) is not { } config)
        {
            yield break;
        }

        if (tokens > config.VocabularySize)
        {
            yield return $"The tokenizer of '{model}' has {tokens} tokens, its embedding {config.VocabularySize} rows. Put tokenizer and weights of the same model together.";
        }

        if (recipe.Split.MaxLength > config.ContextLength)
        {
            yield return $"'split.max_length' is {recipe.Split.MaxLength}, more than the context of '{model}', {config.ContextLength}. Choose at most that.";
        }

        if (recipe.Evaluate is { Chat: true, Tasks.Count: > 0 } && ChatTemplate.Find(model) is null)
        {
            yield return $"'evaluate.chat' asks by conversation, and '{model}' has no chat template. Leave it out, or add chat_template.jinja to the model's folder.";
        }
    }

    private static ModelConfig? Config(string model)
    {
        try
        {
            return ModelConfig.Read(model);
        }
        catch (FuseSharpException)
        {
            return null;
        }
    }

    // The base itself, and whether its tensors are those of the target.
    private static IEnumerable<string> MergeErrors(Recipe recipe)
    {
        if (recipe.Baselines.MergeBase is not { } model || recipe.Baselines.Merges.Count == 0 || !Path.Exists(model) || !Path.Exists(recipe.Target))
        {
            return [];
        }

        var faults = ModelCheck.ErrorsOf(model);
        return faults.Count == 0 && ModelCheck.ErrorsOf(recipe.Target).Count == 0 && MergeStage.OtherTensors(model, recipe.Target) is { } other
            ? [$"'baselines.merge_base': {other} Name the model that target and sources were tuned from."] : faults;
    }

    // The first question of each part: its files are there, and have the fields that its definition names.
    private static List<string> TaskErrors(Recipe recipe, string name)
    {
        var task = TaskDefinition.Find(name);
        var faults = task.Parts().Where(p => p.CanBeAsked()).SelectMany(p => Collected(() =>
        {
            TaskReader.Read(p, recipe.Evaluate.Data!, limit: 1, shots: null, seed: 0);
            return [];
        })).ToList();
        return task.Name != JudgeQuestion.Task || recipe.Evaluate.Judge.Endpoint is null ? faults : [.. faults, .. Collected(() =>
        {
            JudgePrompt.Read(JudgeQuestion.FolderOf(recipe.Evaluate.Data!));
            return [];
        })];
    }
}

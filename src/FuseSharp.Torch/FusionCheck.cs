using FuseSharp.Core.Chat;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Evaluate;
using FuseSharp.Core.Evaluate.Judge;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Tokenizers;
using FuseSharp.Torch.Models;

namespace FuseSharp.Torch;

/// <summary>Finds all faults of a recipe before any costly work: what stands in it, then what shows from small files of its models and benchmarks.</summary>
public static class FusionCheck
{
    /// <summary>Checks a recipe.</summary>
    /// <exception cref="RecipeException">All faults together, a line each.</exception>
    public static void Run(Recipe recipe)
    {
        RecipeValidator.Check(recipe);
        string[] models = [recipe.Target, .. recipe.Sources];
        string[] faults = [.. models.SelectMany(m => Collected(() => ModelFaults(recipe, m))), .. recipe.Evaluate.Tasks.SelectMany(t => Collected(() => TaskFaults(recipe, t)))];
        if (faults.Length > 0)
        {
            throw new RecipeException(string.Join('\n', faults));
        }
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

    private static IEnumerable<string> ModelFaults(Recipe recipe, string model)
    {
        var config = ModelConfig.Read(model);
        int tokens = TokenizerFolder.Load(model).Vocabulary.Count;
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

    // The first question of each part: its files are there, and have the fields that its definition names.
    private static IEnumerable<string> TaskFaults(Recipe recipe, string name)
    {
        var task = TaskDefinition.Find(name);
        foreach (var part in task.Parts().Where(p => p.CanBeAsked()))
        {
            TaskReader.Read(part, recipe.Evaluate.Data!, limit: 1, shots: null, seed: 0);
        }

        if (task.Name == JudgeQuestion.Task && recipe.Evaluate.Judge.Endpoint is not null)
        {
            JudgePrompt.Read(JudgeQuestion.FolderOf(recipe.Evaluate.Data!));
        }

        return [];
    }
}

using System.CommandLine;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Tokenizers;
using FuseSharp.Torch.Models;

namespace FuseSharp.Cli.Commands;

internal static class CheckCommand
{
    public static Command Create()
    {
        var recipe = Recipe();
        var settings = Settings();
        var command = new Command("check", "Finds all faults of a recipe before any costly work.") { recipe, settings };
        command.SetAction(parsed =>
        {
            Check(RecipeReader.Read(parsed.GetRequiredValue(recipe), parsed.GetValue(settings)));
            Console.WriteLine("The recipe is in order.");
            return 0;
        });
        return command;
    }

    public static Argument<string> Recipe() => new("recipe") { Description = "The recipe, a YAML file." };

    public static Option<string[]> Settings()
        => new("--set") { Description = "Replaces a setting of the recipe: --set train.learning_rate=0.001. May stand several times.", DefaultValueFactory = _ => [] };

    /// <summary>What stands in the recipe, then what shows from the small files of its models.</summary>
    public static void Check(Recipe recipe)
    {
        RecipeValidator.Check(recipe);
        var faults = new List<string>();
        foreach (string model in recipe.Sources.Prepend(recipe.Target))
        {
            try
            {
                var config = ModelConfig.Read(model);
                int tokens = TokenizerFolder.Load(model).Vocabulary.Count;
                if (tokens > config.VocabularySize)
                {
                    faults.Add($"The tokenizer of '{model}' has {tokens} tokens, its embedding {config.VocabularySize} rows. Put tokenizer and weights of the same model together.");
                }

                if (recipe.Split.MaxLength > config.ContextLength)
                {
                    faults.Add($"'split.max_length' is {recipe.Split.MaxLength}, more than the context of '{model}', {config.ContextLength}. Choose at most that.");
                }
            }
            catch (FuseSharpException fault)
            {
                faults.Add(fault.Message);
            }
        }

        if (faults.Count > 0)
        {
            throw new RecipeException(string.Join('\n', faults));
        }
    }
}

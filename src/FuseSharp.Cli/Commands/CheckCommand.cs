using System.CommandLine;
using FuseSharp.Core.Recipes;
using FuseSharp.Torch;

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
            FusionCheck.Run(RecipeReader.Read(parsed.GetRequiredValue(recipe), parsed.GetValue(settings)));
            Console.WriteLine("The recipe is in order.");
            return 0;
        });
        return command;
    }

    public static Argument<string> Recipe() => new("recipe") { Description = "The recipe, a YAML file." };

    public static Option<string[]> Settings()
        => new("--set") { Description = "Replaces a setting of the recipe: --set train.learning_rate=0.001. May stand several times.", DefaultValueFactory = _ => [] };
}

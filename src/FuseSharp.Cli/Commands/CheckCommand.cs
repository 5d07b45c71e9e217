using System.CommandLine;
using System.Text;
using FuseSharp.Pipeline.Check;
using FuseSharp.Pipeline.Recipes;

namespace FuseSharp.Cli.Commands;

internal static class CheckCommand
{
    public static Command Create()
    {
        var settings = Settings();
        var recipe = RecipeFile(settings);
        var command = new Command("check", "Checks a recipe and reports all its errors before any costly work.") { recipe, settings };
        command.SetAction(parsed =>
        {
            var read = Checked(RecipeReader.Read(parsed.GetRequiredValue(recipe), parsed.GetValue(settings)));
            SayWarnings(read);
            ShowConversations(read);
            Console.WriteLine("The recipe is in order.");
            return 0;
        });
        return command;
    }

    // The first conversation of each domain in every model's tokens: what is learned stands between the marks.
    private static void ShowConversations(Recipe recipe)
    {
        foreach (var shown in ConversationCheck.Show(recipe))
        {
            Console.WriteLine($"{shown.Domain} in {shown.Model}, learned between ⟦ ⟧:");
            var line = new StringBuilder("  ");
            bool isLearned = false;
            foreach (var (token, learned) in shown.Tokens.Append(("", false)))
            {
                line.Append(learned == isLearned ? "" : learned ? "⟦" : "⟧").Append(token).Append(token.Length > 0 ? "|" : "");
                isLearned = learned;
            }

            Console.WriteLine(shown.Error ?? line.ToString().ReplaceLineEndings("↵"));
        }
    }

    /// <summary>The recipe, without a fault and with what its models decide.</summary>
    public static Recipe Checked(Recipe recipe)
    {
        FusionCheck.Run(recipe);
        return RecipeDefaults.Resolve(recipe);
    }

    /// <summary>The same for a look ahead, before models are downloaded: their shapes are enough. Warns of each that has no weights.</summary>
    public static Recipe CheckedAhead(Recipe recipe)
    {
        FusionCheck.Run(recipe, needsWeights: false);
        foreach (string line in FusionCheck.WithoutWeights(recipe))
        {
            Console.Error.WriteLine($"Warning: {line}");
        }

        return RecipeDefaults.Resolve(recipe);
    }

    /// <summary>Warns of what a recipe can do but hardly anyone wants.</summary>
    /// <returns>Whether trainings of a few steps are among it.</returns>
    public static bool SayWarnings(Recipe recipe)
    {
        var (warnings, isOfLength) = FusionWarnings.Find(recipe);
        foreach (string warning in warnings)
        {
            Console.Error.WriteLine($"Warning: {warning}");
        }

        return isOfLength;
    }

    /// <summary>The argument that names a recipe.</summary>
    /// <param name="settings">What replaces settings in it.</param>
    public static Argument<string> RecipeFile(Option<string[]> settings) => new RecipeArgument(settings) { Description = "The recipe, a YAML file." };

    public static Option<string[]> Settings()
        => new("--set") { Description = "Replaces a setting of the recipe: --set train.learning_rate=0.001. Repeatable. Paths in it are relative to the recipe, as those in the recipe are.", DefaultValueFactory = _ => [] };
}

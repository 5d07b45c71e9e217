using System.CommandLine;
using FuseSharp.Errors;
using FuseSharp.Pipeline.Recipes;

namespace FuseSharp.Cli.Commands;

internal static class InitCommand
{
    public static Command Create()
    {
        var models = CommonOptions.ModelPaths("--models", "The models: Hugging Face folders or .gguf files. The first is the target, the model that is trained.");
        var texts = CommonOptions.Texts("Domains as NAME=PATH: a file, a folder, a pattern with * or **, or sdk:AREA.");
        var field = CommonOptions.Field();
        var output = new Option<string>("--output") { Description = "The recipe to write, a YAML file that is not there yet.", DefaultValueFactory = _ => "recipe.yaml" };
        var command = new Command("init", "Writes a commented starter recipe for your own models and texts, and checks it.") { models, texts, field, output };
        command.SetAction(parsed =>
        {
            string file = parsed.GetRequiredValue(output);
            if (Path.Exists(file))
            {
                throw new UsageException($"'{file}' is there already. Name another --output.");
            }

            string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
            string yaml = RecipeDraft.Write(Path.GetFileName(file), folder, parsed.GetRequiredValue(models), SplitCommand.Named(parsed.GetRequiredValue(texts), "--texts"), parsed.GetRequiredValue(field));
            var recipe = CheckCommand.Checked(RecipeReader.Parse(yaml, file, folder, []));
            Directory.CreateDirectory(folder);
            File.WriteAllText(file, yaml);
            CheckCommand.SayWarnings(recipe);
            Console.WriteLine($"Recipe: {file}");
            return 0;
        });
        return command;
    }
}

using System.CommandLine;
using FuseSharp.Errors;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Cli.Commands;

internal static class DemoCommand
{
    private const string RecipeFile = "recipes/demo.yaml";
    private const string ChatRecipe = "recipes/chat.yaml";
    private const string ExpertRecipe = "recipes/chat-expert.yaml";

    public static Command Create()
    {
        var texts = new Option<string?>("--texts") { Description = "A folder whose files or sub-folders are domains, or one file, instead of the .NET documentation." };
        var chat = new Option<bool>("--chat") { Description = "Models that answer: each learns to, in a chat template of its own, from questions about the documentation; then they are fused." };
        var output = new Option<string?>("--output") { Description = "Folder of the run: runs/demo, or runs/demo-chat." };
        var seeds = new Option<int>("--seeds") { Description = "Trainings with different seeds; from 2 on the table gives standard errors.", DefaultValueFactory = _ => 1 };
        var settings = CheckCommand.Settings();
        var device = CommonOptions.Device();
        var command = new Command("demo", "Fuses three small models that come with this repository, from texts to a model that generates.") { texts, chat, output, seeds, settings, device };
        command.SetAction((parsed, cancellation) => Task.Run(async () =>
        {
            bool chats = parsed.GetValue(chat);
            string folder = Path.GetFullPath(parsed.GetValue(output) ?? (chats ? "runs/demo-chat" : "runs/demo"));
            var recipe = RecipeReader.Read(Find(chats ? ChatRecipe : RecipeFile), parsed.GetValue(settings)) with { Output = folder, Seeds = parsed.GetValue(seeds) };
            if (parsed.GetValue(texts) is { } own)
            {
                if (chats)
                {
                    throw new UsageException("--chat makes its conversations from the .NET documentation. Leave out --texts, or write a recipe: recipes/chat.yaml is one.");
                }

                recipe = recipe with { Texts = Domains(own) };
            }
            else if (SdkDocumentation.FindPacks() is null)
            {
                throw new ArtifactException("The demo reads the reference documentation beside the .NET SDK, which is not on this machine. Give texts of your own: demo --texts PATH.");
            }

            return chats ? await ChatDemo.RunAsync(RecipeReader.Read(Find(ExpertRecipe)), recipe, folder, parsed.GetRequiredValue(device), cancellation)
                : await RunCommand.RunAsync(recipe, parsed.GetRequiredValue(device), repairs: false, cancellation);
        }, cancellation));
        return command;
    }

    private static Dictionary<string, TextEntry> Domains(string path)
    {
        string[] parts = Directory.Exists(path) ? [.. Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal)] : [path];
        return parts.ToDictionary(p => Path.GetFileNameWithoutExtension(p), p => new TextEntry { Path = Path.GetFullPath(p) });
    }

    // From the working directory or the program's place upwards: 'dotnet run --project' starts in either.
    private static string Find(string recipe)
    {
        foreach (string start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, recipe);
                if (File.Exists(candidate))
                {
                    return candidate;
                }
            }
        }

        throw new ArtifactException($"The demo's {recipe} and its models are not beside this program. Run it in a clone of the repository.");
    }
}

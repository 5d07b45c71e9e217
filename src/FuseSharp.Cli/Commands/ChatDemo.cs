using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Cli.Commands;

/// <summary>The demo with conversations: three of its models learn to answer, each about its own area and in a chat template of its own; then they are fused.</summary>
internal static class ChatDemo
{
    private static readonly (string Name, string Template)[] _experts = [("security", "chatml"), ("data", "vicuna"), ("web", "mistral")];

    /// <summary>Runs it.</summary>
    /// <param name="expert">The recipe by which models learn to answer.</param>
    /// <param name="fusion">The recipe by which they are fused.</param>
    /// <param name="output">Folder of all of it.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<int> RunAsync(Recipe expert, Recipe fusion, string output, string device, CancellationToken cancellation)
    {
        foreach (var (name, template) in _experts)
        {
            var recipe = expert with
            {
                Output = Path.Combine(output, "experts", name),
                Target = Path.Combine(Path.GetDirectoryName(expert.Target)!, name),
                Texts = new Dictionary<string, TextEntry> { [name] = expert.Texts.Values.First() with { Path = SdkDocumentation.Prefix + name + SdkDocumentation.ChatEnding } },
                Chat = expert.Chat with { Templates = new Dictionary<string, string> { [name] = template } },
            };
            Console.WriteLine($"{name} learns to answer in the template {template}.");
            await RunCommand.RunAsync(recipe, device, repairs: false, cancellation);
            Keep(new RunFolder(recipe.Output).Train(RunFolder.Clm(recipe.Train.Seed)), Path.Combine(output, "models", name));
        }

        Console.WriteLine("They are fused.");
        string Model(string model) => Path.Combine(output, "models", Path.GetFileName(model));
        return await RunCommand.RunAsync(fusion with { Output = Path.Combine(output, "fusion"), Target = Model(fusion.Target), Sources = [.. fusion.Sources.Select(s => Model(s.Files))] }, device, repairs: false, cancellation);
    }

    // Under its own name: three trainings of one seed are called alike.
    private static void Keep(string trained, string model)
    {
        Directory.CreateDirectory(model);
        foreach (string file in Directory.EnumerateFiles(trained))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)), overwrite: true);
        }
    }
}

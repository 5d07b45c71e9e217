using System.Globalization;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Storage.Texts;
using FuseSharp.Storage.Yaml;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Pipeline.Recipes;

/// <summary>Reads a recipe, naming every fault with its line and column.</summary>
public static class RecipeReader
{
    // A recipe is a page of text. The bound keeps a wrong file (a checkpoint, say) from being read into memory.
    private const long LargestRecipe = 1 << 20;

    /// <summary>Reads and checks a recipe file; paths in it become absolute.</summary>
    /// <param name="path">A YAML file of at most 1 MB.</param>
    /// <param name="overrides">Settings that replace the file's, as <c>train.learning_rate=0.001</c> or <c>baselines.merges=[linear, slerp]</c>.</param>
    /// <exception cref="UsageException">All faults together, a line each.</exception>
    public static Recipe Read(string path, IReadOnlyList<string>? overrides = null) => Parse(TextOf(path), path, FolderOf(path), overrides ?? []);

    /// <summary>The models that a recipe names: the path of one that is there, otherwise as it is written, a name on the Hub or a fault.</summary>
    /// <param name="path">A YAML file of at most 1 MB.</param>
    /// <param name="overrides">Settings that replace the file's.</param>
    /// <exception cref="UsageException">All faults together, a line each.</exception>
    public static IReadOnlyList<string> ModelsNamed(string path, IReadOnlyList<string>? overrides = null)
    {
        var recipe = AsWritten(TextOf(path), path, overrides ?? []);
        return Placed(recipe.LocalModels.Append(recipe.Baselines.MergeBase), path);
    }

    /// <summary>The same of the tokenizers of models behind servers.</summary>
    /// <param name="path">A YAML file of at most 1 MB.</param>
    /// <param name="overrides">Settings that replace the file's.</param>
    /// <exception cref="UsageException">All faults together, a line each.</exception>
    public static IReadOnlyList<string> TokenizersNamed(string path, IReadOnlyList<string>? overrides = null)
        => Placed(AsWritten(TextOf(path), path, overrides ?? []).Sources.Select(s => s.Tokenizer), path);

    private static string[] Placed(IEnumerable<string?> named, string recipe)
        => [.. named.Where(m => !string.IsNullOrEmpty(m)).Select(m => Path.GetFullPath(m!, FolderOf(recipe)) is var place && Path.Exists(place) ? place : m!).Distinct()];

    private static string TextOf(string path)
    {
        if (!File.Exists(path))
        {
            throw new UsageException($"There is no recipe at '{path}'. {MissingPath.Remedy(path)}");
        }

        return BoundedFile.ReadText(path, LargestRecipe)
            ?? throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"'{path}' has {BoundedFile.LengthOf(path):N0} bytes; a recipe has at most {LargestRecipe:N0}. Name a recipe."));
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static Recipe AsWritten(string yaml, string name, IReadOnlyList<string> overrides) => YamlRecord.Read<Recipe>(yaml, name, "output, target, sources and texts", overrides);

    /// <summary>Reads a recipe from its text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    /// <param name="overrides">Settings that replace the text's.</param>
    public static Recipe Parse(string yaml, string name, string folder, IReadOnlyList<string> overrides)
        => WithAbsolutePaths(AsWritten(yaml, name, overrides), folder);

    /// <summary>The same recipe with absolute paths; a model that is not at its path is looked for in Hugging Face's cache.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    public static Recipe WithAbsolutePaths(Recipe recipe, string folder)
    {
        string Absolute(string path) => path.StartsWith(SdkDocumentation.Prefix, StringComparison.Ordinal) ? path : Path.GetFullPath(path, folder);
        string Model(string named) => HubCache.ResolveFrom(named, folder);
        return recipe with
        {
            Output = Absolute(recipe.Output),
            Target = Model(recipe.Target),
            Sources = [.. recipe.Sources.Select(s => s.HasWeights ? s with { Path = Model(s.Files) } : s.Tokenizer is null ? s : s with { Tokenizer = Model(s.Tokenizer) })],
            Chat = recipe.Chat with { Templates = recipe.Chat.Templates.ToDictionary(t => t.Key, t => ChatTemplate.Names.Contains(t.Value) ? t.Value : Absolute(t.Value)) },
            Evaluate = recipe.Evaluate with
            {
                Data = recipe.Evaluate.Data is { } data ? Absolute(data) : null,
                Tasks = [.. recipe.Evaluate.Tasks.Select(t => t.EndsWith(".yaml", StringComparison.Ordinal) ? Absolute(t) : t)],
            },
            Baselines = recipe.Baselines with { MergeBase = recipe.Baselines.MergeBase is { } model ? Model(model) : null },
            Texts = recipe.Texts.ToDictionary(t => t.Key, t => t.Value with
            {
                Path = t.Value.Path is null ? null : Absolute(t.Value.Path),
                Train = t.Value.Train is null ? null : Absolute(t.Value.Train),
                Validation = t.Value.Validation is null ? null : Absolute(t.Value.Validation),
                Test = t.Value.Test is null ? null : Absolute(t.Value.Test),
                Prompts = t.Value.Prompts is { } prompts && prompts != TextEntry.NoPrompts && !prompts.StartsWith(TextEntry.FirstLineOf, StringComparison.Ordinal) ? Absolute(prompts) : t.Value.Prompts,
            }),
        };
    }
}

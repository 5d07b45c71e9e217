namespace FuseSharp.Files;

/// <summary>What to do about a path at which nothing is.</summary>
public static class MissingPath
{
    private const string Correct = "Correct the path.";

    /// <summary>The last sentence of a message that names the path.</summary>
    public static string Remedy(string path) => KnownRemedy(path) ?? Correct;

    /// <summary>The same for a model, whose path may be meant as a name on Hugging Face.</summary>
    /// <param name="path">As given, or made absolute.</param>
    /// <param name="otherwise">What to do where nothing is known of the path.</param>
    public static string ModelRemedy(string path, string otherwise = Correct)
    {
        string[] parts = path.Split('/', '\\');
        bool isName = parts.Length >= 2 && !parts[^2].Equals("models", StringComparison.OrdinalIgnoreCase) // a folder's name, as in 'models/NAME': nobody's on the Hub
            && Directory.Exists(string.Join('/', parts[..^2]) is { Length: > 0 } above ? above : ".") && !Directory.Exists(Path.GetDirectoryName(path));
        return KnownRemedy(path)
            ?? (isName ? $"Nor is '{parts[^2]}/{parts[^1]}' in the cache of Hugging Face, '{HubCache.Folder}': fetch it with --download (or 'hf download {parts[^2]}/{parts[^1]}'), or name the model's folder." : otherwise);
    }

    /// <summary>The same for a folder that lacks a model's weights: in the cache lies what was fetched for another use.</summary>
    /// <param name="folder">An existing folder.</param>
    public static string PartRemedy(string folder)
        => HubCache.NameOf(Path.GetFullPath(folder)) is { } name ? $"The cache of Hugging Face has only a part of {name}: fetch the rest with --download." : "Name a .gguf file or the folder of a Hugging Face model.";

    private static string? KnownRemedy(string path)
        => path.Split('/', '\\').Any(p => p.StartsWith('~')) ? "'~' is not expanded in recipes and options in quotes: write the whole path."
            : path.Contains('$', StringComparison.Ordinal) ? "Variables such as $HOME are not expanded: write the whole path." : null;
}

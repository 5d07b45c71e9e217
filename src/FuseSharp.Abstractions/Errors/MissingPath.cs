namespace FuseSharp.Errors;

/// <summary>What to do about a path at which nothing is.</summary>
public static class MissingPath
{
    /// <summary>The last sentence of a message that names the path.</summary>
    public static string Remedy(string path)
    {
        string[] parts = path.Split('/', '\\');
        return parts.Contains("~") || parts.Any(p => p.StartsWith('~')) ? "'~' is not expanded in recipes and options in quotes: write the whole path."
            : path.Contains('$', StringComparison.Ordinal) ? "Variables such as $HOME are not expanded: write the whole path."
            : "Correct the path.";
    }

    /// <summary>The same for a model, whose path may be meant as a name on Hugging Face.</summary>
    /// <param name="path">As given, or made absolute.</param>
    public static string ModelRemedy(string path)
    {
        string[] parts = path.Split('/', '\\');
        bool isName = parts.Length >= 2 && Directory.Exists(string.Join('/', parts[..^2]) is { Length: > 0 } above ? above : ".") && !Directory.Exists(Path.GetDirectoryName(path));
        return Remedy(path) is var remedy && remedy != "Correct the path." ? remedy
            : isName ? $"A model on Hugging Face is not downloaded from here: get '{parts[^2]}/{parts[^1]}' first, for example with 'hf download', and name its folder."
            : "Correct the path.";
    }
}

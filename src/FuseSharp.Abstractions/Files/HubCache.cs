using System.Text.RegularExpressions;

namespace FuseSharp.Files;

/// <summary>Models in the cache of Hugging Face's tools, by the names that they have on the Hub: <c>owner/name</c>, or <c>owner/name@revision</c>. Nothing is downloaded.</summary>
/// <remarks>The layout is that of huggingface_hub: <c>models--owner--name/refs/main</c> holds a commit, <c>snapshots/COMMIT</c> its files.</remarks>
public static partial class HubCache
{
    private const string Prefix = "models--";
    private const string Snapshots = "snapshots";
    private const string DefaultRevision = "main";
    private const int LongestCommit = 128;

    /// <summary>Where the cache lies: <c>HF_HUB_CACHE</c>, <c>HF_HOME/hub</c> or <c>~/.cache/huggingface/hub</c>, as huggingface_hub has it.</summary>
    public static string Folder
        => Variable("HF_HUB_CACHE") ?? Variable("HUGGINGFACE_HUB_CACHE")
            ?? Path.Combine(Variable("HF_HOME") ?? Path.Combine(Variable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "huggingface"), "hub");

    /// <summary>Whether a text has the form of a model's name on the Hub.</summary>
    /// <param name="text">As a user wrote it.</param>
    public static bool IsName(string text) => Name().IsMatch(text);

    /// <summary>The folder of a model that a user named.</summary>
    /// <param name="model">A path, or a name on the Hub. What is there as a file or folder goes first.</param>
    /// <returns>The folder in the cache; the text itself where it is a path, or not in the cache.</returns>
    public static string Resolve(string model) => Resolve(model, Folder);

    /// <summary>The same with another cache.</summary>
    /// <param name="model">A path, or a name on the Hub.</param>
    /// <param name="cache">Its folder.</param>
    public static string Resolve(string model, string cache)
    {
        if (Path.Exists(model) || Name().Match(model) is not { Success: true } name)
        {
            return model;
        }

        string repository = Path.Combine(cache, $"{Prefix}{name.Groups["owner"].Value}--{name.Groups["name"].Value}");
        string revision = name.Groups["revision"] is { Success: true, Value: var said } ? said : DefaultRevision;
        string reference = Path.Combine(repository, "refs", revision);
        string commit = File.Exists(reference) ? BoundedFile.ReadText(reference, LongestCommit)?.Trim() ?? "" : revision;
        string snapshot = Path.Combine(repository, Snapshots, commit);
        return Commit().IsMatch(commit) && Directory.Exists(snapshot) ? snapshot : model;
    }

    /// <summary>The name of the model whose snapshot a folder is; null for other folders.</summary>
    /// <param name="folder">Any.</param>
    internal static string? NameOf(string folder)
        => Path.GetDirectoryName(folder) is { } above && Path.GetFileName(above) == Snapshots && Path.GetFileName(Path.GetDirectoryName(above)) is { } repository
            && repository.StartsWith(Prefix, StringComparison.Ordinal) && repository.LastIndexOf("--", StringComparison.Ordinal) is var at && at > Prefix.Length ? repository[(at + 2)..] : null;

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    [GeneratedRegex(@"^(?<owner>[A-Za-z0-9][\w.-]*)/(?<name>[A-Za-z0-9][\w.-]*)(@(?<revision>[A-Za-z0-9][\w.-]*(/[\w.-]+)*))?$", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Name();

    // A folder's name and nothing that leads elsewhere.
    [GeneratedRegex(@"^[A-Za-z0-9][\w-]*$", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Commit();
}

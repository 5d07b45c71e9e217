namespace FuseSharp.Files;

/// <summary>Models in the cache of Hugging Face's tools, by the names that they have on the Hub: <c>owner/name</c>, or <c>owner/name@revision</c>. Nothing is downloaded.</summary>
public static class HubCache
{
    /// <summary>Where Hugging Face's tools keep what is theirs: <c>HF_HOME</c>, or <c>~/.cache/huggingface</c>.</summary>
    public static string Home
        => Variable("HF_HOME") ?? Path.Combine(Variable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "huggingface");

    /// <summary>Where the cache lies: <c>HF_HUB_CACHE</c>, or <c>hub</c> in <see cref="Home"/>, as huggingface_hub has it.</summary>
    public static string Folder => Variable("HF_HUB_CACHE") ?? Variable("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(Home, "hub");

    /// <summary>The folder of a model that a user named.</summary>
    /// <param name="model">A path, or a name on the Hub. What is there as a file or folder goes first.</param>
    /// <returns>The folder in the cache; the text itself where it is a path, or not in the cache.</returns>
    public static string Resolve(string model) => Resolve(model, Folder);

    /// <summary>The same with another cache.</summary>
    /// <param name="model">A path, or a name on the Hub.</param>
    /// <param name="cache">Its folder.</param>
    public static string Resolve(string model, string cache) => Path.Exists(model) || HubName.Find(model) is not { } name ? model : SnapshotOf(name, cache) ?? model;

    /// <summary>The folder of a model that a file names.</summary>
    /// <param name="model">A path, relative to the file's folder, or a name on the Hub. What is there as a file or folder goes first.</param>
    /// <param name="folder">The file's folder.</param>
    /// <returns>The folder in the cache, or the absolute path.</returns>
    public static string ResolveFrom(string model, string folder)
        => Path.GetFullPath(model, folder) is var path && !Path.Exists(path) && Resolve(model) is var found && found != model ? found : path;

    /// <summary>The files of a model in a cache.</summary>
    /// <param name="name">The model.</param>
    /// <param name="cache">The folder of the cache.</param>
    /// <returns>Null where the cache does not have it.</returns>
    public static string? SnapshotOf(HubName name, string cache)
        => new HubRepository(cache, name) is var repository && repository.Commit is { } commit && Directory.Exists(repository.Snapshot(commit)) ? repository.Snapshot(commit) : null;

    /// <summary>The name of the model whose snapshot a folder is; null for other folders.</summary>
    /// <param name="folder">Any.</param>
    internal static string? NameOf(string folder)
        => Path.GetDirectoryName(folder) is { } above && Path.GetFileName(above) == HubRepository.Snapshots && Path.GetFileName(Path.GetDirectoryName(above)) is { } repository
            && repository.StartsWith(HubRepository.Prefix, StringComparison.Ordinal) && repository.LastIndexOf("--", StringComparison.Ordinal) is var at && at > HubRepository.Prefix.Length ? repository[(at + 2)..] : null;

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? InHome(value) : null;

    /// <summary>A path whose <c>~</c> is the user's home: where no shell read it, nobody has put it in its place.</summary>
    internal static string InHome(string path)
        => path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[1..]) : path;
}

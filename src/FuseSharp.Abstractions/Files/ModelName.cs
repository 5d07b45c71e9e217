namespace FuseSharp.Files;

/// <summary>What a model is called in folders and tables.</summary>
public static class ModelName
{
    /// <summary>The name of its folder or file; of a snapshot in Hugging Face's cache, that of the model.</summary>
    /// <param name="path">The folder or file.</param>
    public static string FromPath(string path) => Path.TrimEndingDirectorySeparator(path) is var whole && HubCache.NameOf(whole) is { } name ? name : Path.GetFileName(whole);
}

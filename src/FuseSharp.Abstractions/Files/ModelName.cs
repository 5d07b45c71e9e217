namespace FuseSharp.Files;

/// <summary>What a model is called in folders and tables.</summary>
public static class ModelName
{
    /// <summary>The name of its folder or file.</summary>
    /// <param name="path">The folder or file.</param>
    public static string FromPath(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
}

namespace FuseSharp.Files;

/// <summary>Files in which a stage notes how it made a result: they are no part of the result.</summary>
public static class NoteFiles
{
    /// <summary>What a stage made, from what.</summary>
    public const string Manifest = "manifest.json";

    /// <summary>What it took.</summary>
    public const string Cost = "cost.json";

    /// <summary>What it is being made from, while it is.</summary>
    public const string Key = "key.txt";

    /// <summary>The course of a training.</summary>
    public const string Log = "log.jsonl";

    /// <summary>What a model's folder says of itself.</summary>
    public const string Card = "README.md";

    /// <summary>Whether a file is one, TensorBoard's event files included, in whatever folder they lie.</summary>
    /// <param name="name">Relative to the result's folder.</param>
    public static bool Is(string name) => name is Manifest or Cost or Key or Card or Log || IsEventFile(name);

    /// <summary>Whether a file is one of TensorBoard's.</summary>
    /// <param name="name">With or without its folder.</param>
    public static bool IsEventFile(string name)
        => Path.GetFileName(name).StartsWith("events.out.tfevents.", StringComparison.Ordinal) || name.EndsWith(".tfevents", StringComparison.Ordinal);
}

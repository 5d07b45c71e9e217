using FuseSharp.Files;

namespace FuseSharp.Storage.Artifacts;

/// <summary>The file in which a model's folder says of itself to people and to hubs what it is.</summary>
public static class ModelCardFile
{
    /// <summary>Its name.</summary>
    public const string Name = NoteFiles.Card;

    /// <summary>The line by which it is known as ours.</summary>
    public const string Mark = "<!-- Written by fusesharp, which may replace it: remove this line to keep what you change. -->";

    private const int LargestLookedAt = 64 << 10;

    /// <summary>Whether a file was written here, and is not a user's.</summary>
    /// <param name="file">May be absent.</param>
    public static bool IsOurs(string file)
    {
        if (!File.Exists(file))
        {
            return false;
        }

        using var reader = new StreamReader(file);
        char[] start = new char[LargestLookedAt];
        return new string(start, 0, reader.ReadBlock(start)).Contains(Mark, StringComparison.Ordinal);
    }
}

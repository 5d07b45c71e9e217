namespace FuseSharp.Storage.Texts;

/// <summary>One text as a user gave it.</summary>
/// <param name="Text">The text; empty only where there is a <see cref="Error"/>.</param>
/// <param name="Place">Where it stands, for messages: a path, with a line or row number behind it where a file holds several.</param>
public sealed record Document(string Text, string Place)
{
    /// <summary>Why it cannot be used, with its place and the remedy; null where it can.</summary>
    public string? Error { get; init; }
}

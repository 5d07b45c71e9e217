namespace FuseSharp.Core.Texts;

/// <summary>One text as a user gave it.</summary>
/// <param name="Text">The text; never empty.</param>
/// <param name="Place">Where it stands, for messages: a path, with a line or row number behind it where a file holds several.</param>
public sealed record Document(string Text, string Place);

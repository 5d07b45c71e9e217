namespace FuseSharp.Core.Records;

/// <summary>A piece of text that fits every model's context.</summary>
/// <param name="Document">0-based number in its split.</param>
/// <param name="Domain">The group of texts that it came from.</param>
/// <param name="Text">Never empty.</param>
public sealed record TextBlock(int Document, string Domain, string Text);

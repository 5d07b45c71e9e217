namespace FuseSharp.Errors;

/// <summary>A model that gives NaN or infinity: what it cannot know must not become a score or a text.</summary>
/// <param name="message">One line.</param>
public sealed class NotFiniteException(string message) : FuseSharpException(message);

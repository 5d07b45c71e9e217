namespace FuseSharp.Tokenizers.Patterns;

/// <summary>A place in the text that a pattern asks for.</summary>
internal enum PatternPlace
{
    /// <summary><c>^</c>: the start of a line.</summary>
    LineStart,

    /// <summary><c>$</c>: the end of a line.</summary>
    LineEnd,

    /// <summary><c>\A</c>.</summary>
    TextStart,

    /// <summary><c>\z</c>.</summary>
    TextEnd,

    /// <summary><c>\Z</c>: the end, or before the newline at it.</summary>
    LastLineEnd,

    /// <summary><c>\b</c>.</summary>
    WordBorder,

    /// <summary><c>\B</c>.</summary>
    NoWordBorder,
}

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>What becomes of the parts of a text that a splitter looks for; the names are those of <c>tokenizer.json</c>.</summary>
internal enum SplitBehavior
{
    /// <summary>They fall away.</summary>
    Removed,

    /// <summary>Each is a word.</summary>
    Isolated,

    /// <summary>Each ends the word before it.</summary>
    MergedWithPrevious,

    /// <summary>Each starts the word behind it.</summary>
    MergedWithNext,

    /// <summary>Those in a row are one word.</summary>
    Contiguous,
}

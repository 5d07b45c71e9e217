namespace FuseSharp.Tokenizers.Words;

/// <summary>Turns one word into tokens. Immutable.</summary>
internal interface IWordModel
{
    /// <summary>Token for what cannot be spelled, or -1: then it is left out.</summary>
    int UnknownId { get; }

    /// <summary>Tokenizes a word.</summary>
    /// <param name="word">UTF-16; U+DC80…U+DCFF alone stand for a byte.</param>
    /// <param name="ids">Room for 3 × word.Length.</param>
    /// <param name="ends">As many; byte offsets in the word's own UTF-8.</param>
    /// <returns>Number of tokens.</returns>
    int Encode(ReadOnlySpan<char> word, Span<int> ids, Span<int> ends);
}

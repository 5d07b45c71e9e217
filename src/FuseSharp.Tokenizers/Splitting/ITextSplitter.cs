using FuseSharp.Tokenizers.Normalization;


namespace FuseSharp.Tokenizers.Splitting;

/// <summary>Cuts a normalized text into words; no token crosses the border of two words.</summary>
internal interface ITextSplitter
{
    /// <summary>Says what it does, completely: two with equal descriptions do the same. Part of the tokenizer's fingerprint.</summary>
    string Description { get; }

    /// <summary>Adds the words in the order of the text.</summary>
    /// <param name="text">A part between added tokens, not empty.</param>
    /// <param name="words">Receives the words; none is empty.</param>
    /// <param name="isContinuation">Whether the text goes on in the middle of another one: nothing is put before it.</param>
    void Split(TextSlice text, List<TextSlice> words, bool isContinuation);
}

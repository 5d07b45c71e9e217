namespace FuseSharp.Tokenizers.Normalization;

/// <summary>Changes a text before it is cut into words.</summary>
internal interface ITextNormalizer
{
    /// <summary>Says what it does, completely: two with equal descriptions do the same. Part of the tokenizer's fingerprint.</summary>
    string Description { get; }

    /// <summary>The changed text.</summary>
    /// <param name="text">A part between added tokens.</param>
    /// <param name="isContinuation">Whether the text goes on in the middle of another one: nothing is put before it.</param>
    TextSlice Normalize(TextSlice text, bool isContinuation);
}

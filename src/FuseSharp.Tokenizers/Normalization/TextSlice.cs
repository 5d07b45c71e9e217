namespace FuseSharp.Tokenizers.Normalization;

/// <summary>A part of a text on its way through the tokenizer.</summary>
/// <param name="Source">The text it is cut from.</param>
/// <param name="Start">Index of its first character.</param>
/// <param name="EndExclusive">Index behind its last character.</param>
internal readonly record struct TextSlice(AlignedText Source, int Start, int EndExclusive)
{
    /// <summary>Number of UTF-16 units.</summary>
    public int Length => EndExclusive - Start;

    /// <summary>Its characters.</summary>
    public ReadOnlySpan<char> Span => Source.Text.AsSpan(Start, EndExclusive - Start);

    /// <summary>Byte offset in the original text at which it starts.</summary>
    public int ByteStart => Source.Starts[Start];

    /// <summary>A part of this part, by indices of the source.</summary>
    public TextSlice Cut(int start, int endExclusive) => new(Source, start, endExclusive);
}

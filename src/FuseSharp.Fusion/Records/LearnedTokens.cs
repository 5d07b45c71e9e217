using FuseSharp.Errors;

namespace FuseSharp.Fusion.Records;

/// <summary>Which tokens of a conversation are learned: those of answers and those that end them; what the template writes around them is only read.</summary>
/// <param name="Codes">[tokens]: 0 for a token that is not learned, otherwise one more than its bytes that are the template's and stand before an answer's first.</param>
/// <remarks>
/// A template's space before an answer and the answer's first letters often are one token. It is learned, and what was to be expected there is its text without that space.
/// <code>
/// token   [/INST]   ▁The   ▁hum   ming   &lt;/s&gt;
/// code    0         2      1      1      1
/// </code>
/// </remarks>
public sealed record LearnedTokens(byte[] Codes)
{
    /// <summary>Number of tokens.</summary>
    public int Count => Codes.Length;

    /// <summary>How many of them are learned.</summary>
    public int Learned => Codes.Length - Codes.AsSpan().Count((byte)0);

    /// <summary>Whether a token is learned.</summary>
    public bool this[int token] => Codes[token] != 0;

    /// <summary>Whether the token behind a position is learned: of a plain text every one that there is.</summary>
    /// <param name="learned">Which are; null for a plain text.</param>
    /// <param name="position">0-based.</param>
    /// <param name="tokens">How many there are.</param>
    internal static bool IsLearnedAfter(LearnedTokens? learned, int position, int tokens) => position + 1 < tokens && learned?[position + 1] != false;

    /// <summary>Bytes of the template at the beginning of a learned token.</summary>
    public int LeadOf(int token) => Math.Max(0, Codes[token] - 1);

    /// <summary>The same for a run of the tokens.</summary>
    /// <param name="start">The run's first token.</param>
    /// <param name="length">Its tokens.</param>
    public LearnedTokens Slice(int start, int length) => new(Codes.AsSpan(start, length).ToArray());

    /// <summary>From a row's column; an empty one stands for a plain text, of which every token is learned.</summary>
    /// <param name="codes">[tokens] or [0].</param>
    /// <param name="tokens">Tokens of the row.</param>
    /// <exception cref="ArtifactException">It has another length.</exception>
    internal static LearnedTokens? FromColumn(byte[] codes, int tokens)
        => codes.Length == 0 ? null : codes.Length == tokens ? new(codes)
            : throw new ArtifactException(FormattableString.Invariant($"A row holds {tokens} tokens and says of {codes.Length} whether they are learned: the file was changed. Make the stage again."));

    /// <summary>As a row's column.</summary>
    internal static byte[] ToColumn(LearnedTokens? learned) => learned?.Codes ?? [];
}

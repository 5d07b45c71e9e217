using FuseSharp.Core.Tokenizers;

namespace FuseSharp.Core.Align;

/// <summary>Sends a source token to the first token with which the target itself would write the same text.</summary>
/// <remarks>
/// A source that expects <c>unbelievable</c> expects a text that the target begins with <c>un</c>: at this position the target can be taught that
/// beginning, and what follows at its own later positions. Exact wherever the target tokenizes the text that follows the boundary as it tokenizes the token alone.
/// <code>
/// source token   ·unbelievable   ·un   ▁the   &lt;|endoftext|&gt;   &lt;|padding|&gt;
/// target token   ·un             ·un   ·the   &lt;/s&gt;            −1
/// </code>
/// </remarks>
public sealed class FirstTokenProjection : ITokenProjection
{
    private readonly int[] _targets;

    /// <summary>Tokenizes the text of every source token with the target's tokenizer; about a microsecond each.</summary>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <param name="sourceModelVocabulary">Width of the source model's logits where it exceeds the tokenizer's vocabulary (MPT: 50,432 over 50,277);
    /// the ids between have no text and stay uncarried.</param>
    public FirstTokenProjection(ITokenizer target, ITokenizer source, int sourceModelVocabulary = 0)
    {
        int count = source.Vocabulary.Count;
        _targets = new int[Math.Max(count, sourceModelVocabulary)];
        _targets.AsSpan(count).Fill(-1);
        for (int id = 0; id < count; id++)
        {
            _targets[id] = ControlToken(target, source, id) ?? FirstToken(target, source.TextOf(id).Span);
        }
    }

    /// <inheritdoc/>
    public int SourceTokens => _targets.Length;

    /// <inheritdoc/>
    public ReadOnlySpan<int> TargetsOf(int id) => _targets[id] < 0 ? [] : _targets.AsSpan(id, 1);

    /// <inheritdoc/>
    public ReadOnlySpan<float> SharesOf(int id) => _targets[id] < 0 ? [] : [1f];

    // The end of a text is an event that both models know; its bytes are not text. Where one token begins and ends texts, it is the end that is expected.
    private static int? ControlToken(ITokenizer target, ITokenizer source, int id)
        => id == source.EndOfTextId ? target.EndOfTextId ?? -1
            : id == source.BeginningOfTextId && target.BeginningOfTextId != target.EndOfTextId ? target.BeginningOfTextId ?? -1
            : source.IsSpecial(id) ? -1
            : null;

    private static int FirstToken(ITokenizer target, ReadOnlySpan<byte> text)
    {
        var ids = text.IsEmpty ? [] : target.EncodeContinuation(text);
        return ids.Count == 0 ? -1 : ids[0];
    }
}

using FuseSharp.Tokenizers;


namespace FuseSharp.Fusion.Align;

/// <summary>For every source token the target token that receives its probability. Source tokens that share a counterpart add theirs.</summary>
/// <remarks>Immutable; built once for a pair of tokenizers and shared by all threads.</remarks>
public sealed class VocabularyProjection
{
    private readonly int[] _targets;

    private VocabularyProjection(int[] targets, int sourceModelVocabulary)
    {
        int count = targets.Length;
        Array.Resize(ref targets, Math.Max(count, sourceModelVocabulary));
        targets.AsSpan(count).Fill(-1);
        _targets = targets;
    }

    /// <summary>Source tokens that have an entry, of the tokenizer and of what the model's logits have beyond it.</summary>
    public int SourceTokens => _targets.Length;

    /// <summary>To the first token with which the target itself would write the same text.</summary>
    /// <remarks>
    /// A source that expects <c>unbelievable</c> expects a text that the target begins with <c>un</c>: at this position the target can be taught that
    /// beginning, and what follows at its own later positions. Exact wherever the target tokenizes the text that follows the boundary as it tokenizes the token alone.
    /// <code>
    /// source token   ·unbelievable   ·un   ▁the   &lt;|endoftext|&gt;   &lt;|padding|&gt;
    /// target token   ·un             ·un   ·the   &lt;/s&gt;            −1
    /// </code>
    /// Tokenizes the text of every source token; about a microsecond each.
    /// </remarks>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <param name="sourceModelVocabulary">Width of the source model's logits where it exceeds the tokenizer's vocabulary (MPT: 50,432 over 50,277);
    /// the ids between have no text and stay uncarried.</param>
    public static VocabularyProjection ToFirstToken(ITokenizer target, ITokenizer source, int sourceModelVocabulary = 0)
    {
        int[] targets = new int[source.Vocabulary.Count];
        for (int id = 0; id < targets.Length; id++)
        {
            targets[id] = ControlToken(target, source, id) ?? FirstToken(target, source.TextOf(id).Span);
        }

        return new(targets, sourceModelVocabulary);
    }

    /// <summary>The same at a place in a conversation: answers end by tokens of their own, and a token may begin with a piece of the template.</summary>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <param name="place">What both templates do there.</param>
    /// <param name="sourceModelVocabulary">Width of the source model's logits where it exceeds the tokenizer's vocabulary.</param>
    internal static VocabularyProjection ToFirstToken(ITokenizer target, ITokenizer source, AnswerPlace place, int sourceModelVocabulary = 0)
    {
        int[] targets = new int[source.Vocabulary.Count];
        for (int id = 0; id < targets.Length; id++)
        {
            targets[id] = place.EndsAnswer(id) || id == source.EndOfTextId ? place.TargetEnd
                : source.IsSpecial(id) || !source.TextOf(id).Span.StartsWith(place.SourceLead) ? -1
                : FirstToken(target, [.. place.TargetLead, .. source.TextOf(id).Span[place.SourceLead.Length..]]);
        }

        return new(targets, sourceModelVocabulary);
    }

    /// <summary>To the target token that the reference's vocabulary map names: the most similar spelling.</summary>
    /// <remarks>Differs from FuseLLM, where of several tokens with one counterpart only the first keeps its probability.</remarks>
    /// <param name="targets">[source vocabulary]: target token ids (<c>VocabularyMap.Targets</c>), −1 where there is none; copied.</param>
    /// <param name="sourceModelVocabulary">Width of the source model's logits where it exceeds the tokenizer's vocabulary; the ids between stay uncarried.</param>
    public static VocabularyProjection ToMapped(ReadOnlySpan<int> targets, int sourceModelVocabulary = 0) => new(targets.ToArray(), sourceModelVocabulary);

    /// <summary>Every token to itself: of rows that stand over the target's vocabulary already.</summary>
    /// <param name="tokens">Tokens of the target.</param>
    public static VocabularyProjection ToSelf(int tokens) => new([.. Enumerable.Range(0, tokens)], tokens);

    /// <summary>[<see cref="SourceTokens"/>]: the target token id of each, −1 where its probability is left uncarried; a copy.</summary>
    public int[] ToArray() => [.. _targets];

    /// <summary>Target token id that receives a source token's probability; −1 where it is left uncarried.</summary>
    /// <param name="id">Source token, 0-based, less than <see cref="SourceTokens"/>.</param>
    public int TargetOf(int id) => _targets[id];

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

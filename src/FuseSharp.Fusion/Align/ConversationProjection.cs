using System.Collections.Concurrent;
using FuseSharp.Fusion.Records;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Align;

/// <summary>For every source token the target token that receives its probability, in conversations that each model reads in its own template.</summary>
/// <remarks>
/// That an answer ends is one event, whatever token says it: it goes to the token by which the target ends this answer. Where a token holds a piece of the template and an answer's first
/// bytes, the answer's bytes are what the models speak of: the source's template is taken off and the target's put on.
/// <code>
/// before an answer   source  ▁The (▁ is its template's)     →   The     →   target  The
/// after an answer    source  &lt;/s&gt;                            →   the end →   target  &lt;|im_end|&gt;
/// </code>
/// There are few different places in all texts: their projections are kept. Safe to use from several threads.
/// </remarks>
/// <param name="target">The target's tokenizer.</param>
/// <param name="targetEnds">Ids of the target's tokens that end an answer, the usual one first.</param>
/// <param name="source">The source's tokenizer.</param>
/// <param name="sourceEnds">The same of the source.</param>
public sealed class ConversationProjection(ITokenizer target, IReadOnlyList<int> targetEnds, ITokenizer source, IReadOnlyList<int> sourceEnds)
{
    private readonly ConcurrentDictionary<(int, string, string), VocabularyProjection> _known = [];

    /// <summary>For two models' representations; null where their texts hold no conversations, or the source's rows are projected already.</summary>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="targetFiles">The target's representations.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <param name="sourceFiles">The source's representations.</param>
    public static ConversationProjection? Create(ITokenizer target, RepresentationFiles targetFiles, ITokenizer source, RepresentationFiles sourceFiles)
        => sourceFiles.ProjectedOnto is null && targetFiles.Conversations is { } ofTarget && sourceFiles.Conversations is { } ofSource ? new(target, ofTarget.EndsOfTurn, source, ofSource.EndsOfTurn) : null;

    /// <summary>For two models; null where one of them reads no conversations.</summary>
    /// <param name="target">How the target reads them.</param>
    /// <param name="source">How the source reads them.</param>
    public static ConversationProjection? Create(PieceEncoder target, PieceEncoder source)
        => target.Conversations is { } ofTarget && source.Conversations is { } ofSource ? new(target.Tokenizer, ofTarget.EndsOfTurn, source.Tokenizer, ofSource.EndsOfTurn) : null;

    /// <summary>The projection at one place.</summary>
    /// <param name="targetText">A conversation as the target reads it.</param>
    /// <param name="targetPosition">A position behind which a learned token stands.</param>
    /// <param name="sourceText">The same conversation as the source reads it.</param>
    /// <param name="sourcePosition">The position at the same byte of the same answer.</param>
    public VocabularyProjection At(EncodedPiece targetText, int targetPosition, EncodedPiece sourceText, int sourcePosition)
    {
        var place = new AnswerPlace(sourceEnds, EndOf(targetText, targetPosition + 1), Lead(sourceText, sourcePosition + 1, source), Lead(targetText, targetPosition + 1, target));
        return _known.GetOrAdd(place.Key, _ => VocabularyProjection.ToFirstToken(target, source, place));
    }

    /// <summary>For each target position of a conversation the source position that has read the same of the same answer.</summary>
    /// <remarks>Template tokens read no byte: of the positions at one byte it is the last one before a learned token that says what follows.</remarks>
    /// <param name="target">The conversation as the target reads it.</param>
    /// <param name="source">The same conversation as the source reads it.</param>
    /// <returns>[target positions]; −1 where there is none.</returns>
    public static int[] SourcePositions(EncodedPiece target, EncodedPiece source)
    {
        int[] positions = new int[target.Count];
        int j = 0;
        for (int i = 0; i < positions.Length; i++)
        {
            positions[i] = -1;
            if (!target.SaysWhatFollows(i))
            {
                continue;
            }

            while (j < source.Count && (!source.SaysWhatFollows(j) || source.EndsExclusive[j] < target.EndsExclusive[i]))
            {
                j++;
            }

            if (j < source.Count && source.EndsExclusive[j] == target.EndsExclusive[i])
            {
                positions[i] = j;
            }
        }

        return positions;
    }

    // Some templates end the last answer by another token than those before it.
    private int EndOf(EncodedPiece text, int token)
    {
        for (; token < text.Ids.Length && text.Learned![token]; token++)
        {
            if (targetEnds.Contains(text.Ids[token]))
            {
                return text.Ids[token];
            }
        }

        return targetEnds.Count > 0 ? targetEnds[0] : -1;
    }

    private static byte[] Lead(EncodedPiece text, int token, ITokenizer tokenizer)
        => text.Learned!.LeadOf(token) is > 0 and var bytes ? tokenizer.TextOf(text.Ids[token]).Span[..bytes].ToArray() : [];
}

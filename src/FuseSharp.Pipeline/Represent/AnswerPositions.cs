using System.Collections.Concurrent;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;
using FuseSharp.Models.Scoring;

namespace FuseSharp.Pipeline.Represent;

/// <summary>Which positions of a conversation are represented, and onto which of the target's tokens.</summary>
/// <remarks>What stands before a token that is not learned says nothing. Where rows are projected, the target's template counts at the beginning and the end of answers.</remarks>
/// <param name="source">How the model reads.</param>
/// <param name="target">How the target reads; null where rows hold the model's own tokens.</param>
internal sealed class AnswerPositions(PieceEncoder source, PieceEncoder? target)
{
    private readonly ConversationProjection? _projection = target is null ? null : new(target.Tokenizer, target.Reading!.EndsOfTurn, source.Tokenizer, source.Reading!.EndsOfTurn);
    private readonly ConcurrentDictionary<VocabularyProjection, CandidateProjection> _known = new(ReferenceEqualityComparer.Instance);

    /// <summary>The positions of a conversation.</summary>
    /// <param name="piece">The conversation.</param>
    /// <param name="tokens">As the model reads it.</param>
    public WantedPositions Of(TextPiece piece, EncodedPiece tokens)
    {
        bool[] wanted = [.. Enumerable.Range(0, tokens.Count).Select(t => t + 1 < tokens.Count && tokens.Learned![t + 1])];
        if (target is null)
        {
            return new(wanted);
        }

        var ofTarget = target.Encode(piece);
        var projections = new CandidateProjection?[tokens.Count];
        int[] positions = ConversationProjection.SourcePositions(ofTarget, tokens);
        for (int t = 0; t < positions.Length; t++)
        {
            if (positions[t] >= 0)
            {
                projections[positions[t]] = _known.GetOrAdd(_projection!.At(ofTarget, t, tokens, positions[t]), p => new(p.ToArray(), target.Tokenizer.Vocabulary.Count));
            }
        }

        return new(wanted, projections);
    }
}

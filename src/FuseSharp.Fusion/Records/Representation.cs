using FuseSharp.Storage.Texts;

namespace FuseSharp.Fusion.Records;

/// <summary>One piece of a document as one model reads it: what stage 2 writes down.</summary>
/// <param name="Id">Which document, and which piece of it.</param>
/// <param name="Ids">Token ids, [tokens]; after a document's last piece an end-of-text token.</param>
/// <param name="EndsExclusive">Byte offset in the piece just behind each token, [tokens]; the end-of-text token ends at the piece's length.</param>
/// <param name="Logits">The largest logits at every position, [tokens]; the last position's are kept although nothing follows.</param>
/// <param name="CrossEntropies">Nats of position t for token t + 1, [tokens]; 0 at the last.</param>
public sealed record Representation(PieceId Id, int[] Ids, int[] EndsExclusive, TopKLogits Logits, float[] CrossEntropies)
{
    /// <summary>Which tokens of a conversation are learned; null for a plain text, of which all are. Of a conversation <see cref="EndsExclusive"/> counts the bytes of learned messages
    /// and one more for the end of each (docs/decisions/0097-the-clock-of-conversations.md), and what is not learned has no candidates and costs nothing.</summary>
    public LearnedTokens? Learned { get; init; }

    /// <summary>Its tokens alone.</summary>
    public EncodedPiece Tokens => new(Ids, EndsExclusive, Learned);

    /// <summary>Sum of the cross-entropies, nats, at full precision: on disk the single ones are rounded to float16.</summary>
    public double Nats { get; init; } = CrossEntropies.Sum(c => (double)c);

    /// <summary>Tokens that are predicted: of a plain text all but the first.</summary>
    public int Predicted => Learned?.Learned ?? Ids.Length - 1;

    /// <summary>Mean cross-entropy over the predicted positions, nats per token; 0 for a piece of fewer than two tokens.</summary>
    public float MeanCrossEntropy => Predicted < 1 ? 0 : (float)(Nats / Predicted);

    /// <summary>Whether what stands behind a position is predicted.</summary>
    /// <param name="position">0-based.</param>
    public bool Predicts(int position) => LearnedTokens.IsLearnedAfter(Learned, position, Ids.Length);
}

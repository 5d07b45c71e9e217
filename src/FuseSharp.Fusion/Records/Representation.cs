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
    /// <summary>Sum of the cross-entropies, nats, at full precision: on disk the single ones are rounded to float16.</summary>
    public double Nats { get; init; } = CrossEntropies.Sum(c => (double)c);

    /// <summary>Mean cross-entropy over the predicted positions, nats per token; 0 for a piece of fewer than two tokens.</summary>
    public float MeanCrossEntropy => Ids.Length < 2 ? 0 : (float)(Nats / (Ids.Length - 1));
}

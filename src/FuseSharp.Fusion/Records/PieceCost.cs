using FuseSharp.Storage.Texts;

namespace FuseSharp.Fusion.Records;

/// <summary>What one model paid for a piece of a document.</summary>
/// <param name="Id">Which piece.</param>
/// <param name="Nats">Sum of the cross-entropies.</param>
/// <param name="Predicted">Tokens that were predicted: all but the first.</param>
/// <param name="Bytes">Bytes of text that the predicted tokens cover: the first token is given, so a tokenizer with long tokens gains nothing by it.</param>
public readonly record struct PieceCost(PieceId Id, double Nats, int Predicted, int Bytes)
{
    /// <summary>Nats per predicted token, 0 where none was.</summary>
    public float NatsPerToken => Predicted < 1 ? 0 : (float)(Nats / Predicted);

    /// <summary>Nats per byte.</summary>
    public float NatsPerByte => (float)Nats / Math.Max(1, Bytes);

    /// <summary>What was paid for both.</summary>
    public static PieceCost operator +(PieceCost a, PieceCost b) => new(a.Id, a.Nats + b.Nats, a.Predicted + b.Predicted, a.Bytes + b.Bytes);
}

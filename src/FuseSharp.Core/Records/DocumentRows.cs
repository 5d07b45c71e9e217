namespace FuseSharp.Core.Records;

/// <summary>One document with what every model says of the target's positions: what packing takes in.</summary>
/// <param name="Document">0-based number of the document in its split.</param>
/// <param name="Ids">Target token ids, [tokens].</param>
/// <param name="Rows">For every model, the target first, [tokens] rows.</param>
/// <param name="NatsPerToken">[models]: mean cross-entropy in the model's own tokens.</param>
/// <param name="NatsPerByte">[models]: cross-entropy in nats per byte of the text.</param>
/// <param name="Tokens">What the models paid at every position, where costs are wanted for pieces of the document; null for the whole document's.</param>
public sealed record DocumentRows(int Document, int[] Ids, SparseRows[] Rows, float[] NatsPerToken, float[] NatsPerByte, TokenCosts? Tokens = null)
{
    /// <summary>What the models paid for a piece of the document, or for the whole where that is wanted.</summary>
    /// <param name="start">The piece's first position.</param>
    /// <param name="length">Its positions.</param>
    public PackedSegment Piece(int start, int length)
        => Tokens is null ? new(Document, length, NatsPerToken, NatsPerByte) : Tokens.Piece(Document, start, length);
}

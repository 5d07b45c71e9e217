namespace FuseSharp.Fusion.Records;

/// <summary>One piece of a document with what every model says of the target's positions: what packing takes in.</summary>
/// <param name="Document">0-based number of the document in its split.</param>
/// <param name="Ids">Target token ids, [tokens].</param>
/// <param name="Rows">For every model, the target first, [tokens] rows.</param>
/// <param name="NatsPerToken">[models]: mean cross-entropy of the whole document in the model's own tokens.</param>
/// <param name="NatsPerByte">[models]: cross-entropy of the whole document in nats per byte of its text.</param>
/// <param name="Tokens">What the models paid at every position, where costs are wanted for each run of tokens; null for the whole document's.</param>
public sealed record DocumentRows(int Document, int[] Ids, TeacherDistributions[] Rows, float[] NatsPerToken, float[] NatsPerByte, TokenCosts? Tokens = null)
{
    /// <summary>Which tokens are learned; null where all are. A conversation is not cut: its answers need what stands before them.</summary>
    public LearnedTokens? Learned { get; init; }

    /// <summary>What the models paid for a run of its tokens, or for the whole where that is wanted.</summary>
    /// <param name="start">The run's first position.</param>
    /// <param name="length">Its positions.</param>
    public PackedSegment Piece(int start, int length)
        => Tokens is null ? new(Document, length, NatsPerToken, NatsPerByte) : Tokens.Piece(Document, start, length);
}

namespace FuseSharp.Core.Records;

/// <summary>One document with what every model says of the target's positions: what packing takes in.</summary>
/// <param name="Document">0-based number of the document in its split.</param>
/// <param name="Ids">Target token ids, [tokens].</param>
/// <param name="Rows">For every model, the target first, [tokens] rows.</param>
/// <param name="NatsPerToken">[models]: mean cross-entropy in the model's own tokens.</param>
/// <param name="NatsPerByte">[models]: cross-entropy in nats per byte of the text.</param>
public sealed record DocumentRows(int Document, int[] Ids, SparseRows[] Rows, float[] NatsPerToken, float[] NatsPerByte);

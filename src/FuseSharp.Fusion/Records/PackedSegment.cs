namespace FuseSharp.Fusion.Records;

/// <summary>A run of tokens of one piece of a document that stands in a block.</summary>
/// <param name="Document">0-based number of the document in its split.</param>
/// <param name="Length">Tokens in this block.</param>
/// <param name="NatsPerToken">[models]: mean cross-entropy of the whole document in the model's own tokens.</param>
/// <param name="NatsPerByte">[models]: cross-entropy of the whole document in nats per byte of its text.</param>
public sealed record PackedSegment(int Document, int Length, float[] NatsPerToken, float[] NatsPerByte);

namespace FuseSharp.Fusion.Records;

/// <summary>Consecutive tokens of one or more documents, with what every model says of them: one training sequence.</summary>
/// <param name="Ids">Target token ids, [tokens].</param>
/// <param name="Segments">The pieces of documents that make up the block, in order; their lengths sum to the tokens.</param>
/// <param name="Rows">For every model, the target itself first, its distributions over the target's vocabulary at the block's positions; empty for a plain text.</param>
public sealed record PackedBlock(int[] Ids, PackedSegment[] Segments, TeacherDistributions[] Rows);

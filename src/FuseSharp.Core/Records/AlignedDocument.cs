namespace FuseSharp.Core.Records;

/// <summary>What a source says of one document, laid over the target's positions and vocabulary.</summary>
/// <param name="Document">0-based number of the document in its split.</param>
/// <param name="Rows">One row for each target position; empty where the source says nothing.</param>
/// <param name="CrossEntropies">[target positions]: what the source paid for what it read there, nats; 0 at the last.</param>
/// <param name="Coverage">How much of the source arrived.</param>
public sealed record AlignedDocument(int Document, SparseRows Rows, float[] CrossEntropies, AlignmentCoverage Coverage);

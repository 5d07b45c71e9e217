using FuseSharp.Core.Records;

namespace FuseSharp.Core.Align;

/// <summary>What a source says of one document, laid over the target's positions and vocabulary.</summary>
/// <param name="Rows">One row for each target position; empty where the source says nothing.</param>
/// <param name="Coverage">How much of the source arrived.</param>
public sealed record AlignedDocument(SparseRows Rows, AlignmentCoverage Coverage);

using FuseSharp.Storage.Texts;

namespace FuseSharp.Fusion.Records;

/// <summary>What a source says of one piece of a document, laid over the target's positions and vocabulary.</summary>
/// <param name="Id">Which document, and which piece of it.</param>
/// <param name="Rows">One row for each target position; empty where the source says nothing.</param>
/// <param name="CrossEntropies">[target positions]: what the source paid for what it read there, nats; 0 at the last.</param>
/// <param name="Coverage">How much of the source arrived.</param>
public sealed record AlignedDocument(PieceId Id, TeacherDistributions Rows, float[] CrossEntropies, AlignmentCoverage Coverage);

using System.ComponentModel.DataAnnotations;
using FuseSharp.Models.Scoring;

namespace FuseSharp.Pipeline.Represent;

/// <summary>How each model's largest next-token logits are extracted.</summary>
public sealed record RepresentOptions
{
    /// <summary>Candidates kept at every position. More is nearer to the full distribution and larger on disk. The published run: 10.</summary>
    [Range(1, 512)] public int TopK { get; init; } = 10;

    /// <summary>Over which vocabulary a source's rows are written.</summary>
    public RepresentRows Rows { get; init; } = RepresentRows.Auto;

    /// <summary>Which candidates are kept. Of a source behind a server the largest always: it names no others.</summary>
    public KeptCandidates Keep { get; init; } = KeptCandidates.Largest;

    /// <summary>Number type of the forward pass; cross-entropy and softmax are float32 always.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Maximum number of questions that a server has at a time, where a source is behind one.</summary>
    [Range(1, 256)] public int Requests { get; init; } = 8;
}

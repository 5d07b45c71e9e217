using System.ComponentModel.DataAnnotations;

namespace FuseSharp.Pipeline.Merge.Configuration;

/// <summary>Layers of the result that are made of as many layers of each of some models.</summary>
public sealed record MergeSlice
{
    /// <summary>What is merged; passthrough takes the layers of a single one as they are.</summary>
    [Required] public IReadOnlyList<MergeSource> Sources { get; init; } = [];

    /// <summary>Numbers for these layers; before those of the merge, after those of a source.</summary>
    public MergeParameters Parameters { get; init; } = new();
}

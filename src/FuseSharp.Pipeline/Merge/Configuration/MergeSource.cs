using System.ComponentModel.DataAnnotations;

namespace FuseSharp.Pipeline.Merge.Configuration;

/// <summary>Some layers of a model.</summary>
public sealed record MergeSource
{
    /// <summary>A Hugging Face folder or a .gguf file.</summary>
    [Required] public string Model { get; init; } = "";

    /// <summary>The first layer, 0-based, and the one after the last.</summary>
    [Required] public IReadOnlyList<int> LayerRange { get; init; } = [];

    /// <summary>Its own numbers; what is not set here is taken from those of the slice, then of the merge.</summary>
    public MergeParameters Parameters { get; init; } = new();
}

using System.ComponentModel.DataAnnotations;

namespace FuseSharp.Pipeline.Merge.Configuration;

/// <summary>One of the models of a merge.</summary>
public sealed record MergedModel
{
    /// <summary>A Hugging Face folder or a .gguf file.</summary>
    [Required] public string Model { get; init; } = "";

    /// <summary>Its own numbers; what is not set here is taken from those of the merge.</summary>
    public MergeParameters Parameters { get; init; } = new();
}

using FuseSharp.Tokenizers.Gguf;


namespace FuseSharp.Models.Checkpoints;

/// <summary>A tensor of a GGUF file, or a part of one, as a parameter of a model.</summary>
/// <param name="Name">Hugging Face's name.</param>
/// <param name="Shape">Of the parameter.</param>
/// <param name="Tensor">Where its numbers are.</param>
/// <param name="Order">How they lie there.</param>
internal sealed record GgufWeight(string Name, IReadOnlyList<long> Shape, GgufTensor Tensor, RowOrder Order = RowOrder.Same)
{
    /// <summary>Where the numbers begin in the tensor: experts lie together in one.</summary>
    public long FirstElement { get; init; }

    /// <summary>Heads whose rows are stored as pairs.</summary>
    public long Heads { get; init; }

    /// <summary>The tensor with the other part, where llama.cpp has two for one parameter.</summary>
    public GgufTensor? Second { get; init; }
}

using FuseSharp.Tokenizers.Gguf;


namespace FuseSharp.Models.Checkpoints;

/// <summary>A tensor of a GGUF file, or a part of one, as a parameter of a model.</summary>
/// <param name="Name">Hugging Face's name.</param>
/// <param name="Shape">Of the parameter.</param>
/// <param name="Tensor">Where its numbers are.</param>
/// <param name="FirstElement">Where they begin in it: experts lie together in one tensor.</param>
/// <param name="InterleavedHeads">Heads whose rows are stored as pairs; 0 where rows are in order.</param>
internal sealed record GgufWeight(string Name, IReadOnlyList<long> Shape, GgufTensor Tensor, long FirstElement, long InterleavedHeads);

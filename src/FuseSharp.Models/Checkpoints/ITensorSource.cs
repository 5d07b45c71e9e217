using static TorchSharp.torch;

namespace FuseSharp.Models.Checkpoints;

/// <summary>A file of weights, read tensor by tensor.</summary>
public interface ITensorSource : IDisposable
{
    /// <summary>The file, for messages.</summary>
    string Path { get; }

    /// <summary>Names of the tensors, as Hugging Face's checkpoints have them.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>Shape of a tensor, which <see cref="Names"/> holds.</summary>
    IReadOnlyList<long> ShapeOf(string name);

    /// <summary>Reads a tensor, converting it to the destination's type on the way; a few megabytes at a time exist twice.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="destination">Contiguous, on the CPU, of the tensor's shape.</param>
    void CopyTo(string name, Tensor destination);
}

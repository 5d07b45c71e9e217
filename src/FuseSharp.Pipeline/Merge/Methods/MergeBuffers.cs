using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>The memory of a merge: a few buffers as large as the largest tensor, used again for every tensor.</summary>
/// <remarks>Left to the allocator, blocks of changing sizes took up to seven tensors' memory where three are in use (<c>merge</c> in the benchmarks).</remarks>
/// <param name="largest">Numbers of the largest tensor.</param>
internal sealed class MergeBuffers(long largest) : IDisposable
{
    private readonly List<Tensor> _buffers = [];

    /// <summary>A buffer in the shape of a tensor; its numbers are whatever was there before.</summary>
    /// <param name="number">Which buffer, 0-based; made when it is first asked for.</param>
    /// <param name="shape">Of at most the largest tensor's size.</param>
    /// <returns>float32, contiguous, on the CPU; valid until the same buffer is asked for again.</returns>
    public Tensor View(int number, IReadOnlyList<long> shape)
    {
        while (_buffers.Count <= number)
        {
            _buffers.Add(empty([largest], ScalarType.Float32).DetachFromDisposeScope());
        }

        using var part = _buffers[number].narrow(0, 0, shape.Aggregate(1L, (product, d) => product * d));
        return part.view([.. shape]);
    }

    /// <inheritdoc/>
    public void Dispose() => _buffers.ForEach(b => b.Dispose());
}

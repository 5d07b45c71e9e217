using FuseSharp.Models.Kernels;
using static TorchSharp.torch;

namespace FuseSharp.Models.Rows;

/// <summary>The numbers of a parameter where they lie.</summary>
/// <param name="weight">[outputs, inputs] float32, contiguous, on the processor; it must not be moved or disposed while this is used.</param>
internal sealed unsafe class FloatRows(Tensor weight) : WeightRows<FloatFormat>(weight.shape[0], weight.shape[1], default)
{
    private readonly Tensor _weight = weight; // its memory lives as long
    private readonly float* _start = StartOf(weight);

    /// <inheritdoc/>
    public override long Bytes => _weight.numel() * sizeof(float);

    /// <summary>Whether a parameter can be used so.</summary>
    public static bool Fit(Tensor weight)
        => weight.device_type == TorchSharp.DeviceType.CPU && weight.dtype == ScalarType.Float32 && weight.Dimensions == 2 && weight.numel() > 0 && weight.is_contiguous();

    /// <inheritdoc/>
    protected override RowParts PartsOf(long index) => new((byte*)(_start + (index * Inputs)), null, null);

    // The bytes of a whole head may be more than a span can hold.
    private static float* StartOf(Tensor weight)
    {
        using var scope = NewDisposeScope();
        return (float*)KernelRows.AddressOf(weight.narrow(0, 0, 1));
    }
}

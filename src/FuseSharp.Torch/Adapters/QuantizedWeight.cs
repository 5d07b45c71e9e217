using System.Runtime.InteropServices;
using FuseSharp.Core.Errors;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Adapters;

/// <summary>A weight in NF4 with double quantization: 4.127 bits a number.</summary>
internal sealed class QuantizedWeight
{
    // Blocks that a thread takes at a time.
    private const int BlocksAtOnce = 4096;

    private readonly byte[] _packed;
    private readonly byte[] _scaleCodes;
    private readonly float[] _outerScales;
    private readonly float _offset;
    private readonly long[] _shape;

    /// <summary>Quantizes a weight.</summary>
    /// <param name="weight">On the processor; only read.</param>
    public QuantizedWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        _shape = weight.shape;
        var values = MemoryMarshal.Cast<byte, float>(weight.detach().cpu().to(ScalarType.Float32).contiguous().bytes);
        int blocks = (values.Length + Nf4.BlockSize - 1) / Nf4.BlockSize;
        _packed = new byte[(values.Length + 1) / 2];
        _scaleCodes = new byte[blocks];
        _outerScales = new float[(blocks + Nf4.ScaleBlockSize - 1) / Nf4.ScaleBlockSize];
        float[] scales = new float[blocks];
        Nf4.Quantize(values, _packed, scales);
        _offset = Nf4.QuantizeScales(scales, _scaleCodes, _outerScales);
        if (!float.IsFinite(_offset))
        {
            throw new ModelException("A weight that shall be quantized holds a NaN or an infinity. Get the model again.");
        }
    }

    /// <summary>Bytes that it takes.</summary>
    public long Bytes => _packed.Length + _scaleCodes.Length + (_outerScales.Length * sizeof(float));

    /// <summary>The weight in a working type; owned by the caller's scope.</summary>
    public Tensor Dequantize(ScalarType type, Device device)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        float[] scales = new float[_scaleCodes.Length];
        Nf4.DequantizeScales(_scaleCodes, _outerScales, _offset, scales);
        var exact = empty(_shape, ScalarType.Float32); // libtorch's memory: it is used again at once, an array would wait for the collector
        Parallel.For(0, (scales.Length + BlocksAtOnce - 1) / BlocksAtOnce, part =>
        {
            var values = MemoryMarshal.Cast<byte, float>(exact.bytes);
            int start = part * BlocksAtOnce * Nf4.BlockSize;
            Nf4.Dequantize(_packed, scales, start, values.Slice(start, Math.Min(BlocksAtOnce * Nf4.BlockSize, values.Length - start)));
        });
        return exact.to(type).to(device).MoveToOuterDisposeScope();
    }
}

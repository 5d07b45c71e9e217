using System.Runtime.InteropServices;
using FuseSharp.Errors;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>A weight in NF4 with double quantization: 4.127 bits a number.</summary>
internal sealed class QuantizedWeight
{
    private readonly byte[] _packed;
    private readonly byte[] _scaleCodes;
    private readonly float[] _outerScales;
    private readonly float _offset;

    /// <summary>Quantizes a weight.</summary>
    /// <param name="weight">On the processor; only read.</param>
    public QuantizedWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Shape = weight.shape;
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
            throw new ModelException("Cannot quantize: a weight is NaN or infinite. Download the model again.");
        }
    }

    /// <summary>Of the weight in full.</summary>
    public long[] Shape { get; }

    /// <summary>Bytes that it takes.</summary>
    public long Bytes => _packed.Length + _scaleCodes.Length + (_outerScales.Length * sizeof(float));

    // Every product of a thread takes its weight here: made anew each time, the holes between what stays alive doubled the process's memory.
    [ThreadStatic]
    private static Tensor? _workplace;

    [ThreadStatic]
    private static float[]? _scales;

    /// <summary>The weight in a working type, for one product: the next call on the same thread overwrites it.</summary>
    public Tensor Lend(ScalarType type, Device device)
    {
        if (device.type != TorchSharp.DeviceType.CPU || type is not (ScalarType.Float32 or ScalarType.BFloat16))
        {
            return Dequantize(type, device);
        }

        long count = Shape.Aggregate(1L, (a, b) => a * b);
        if (_workplace is null || _workplace.numel() < count || _workplace.dtype != type)
        {
            _workplace?.Dispose();
            _workplace = empty([count], type).DetachFromDisposeScope();
        }

        var weight = _workplace.narrow(0, 0, count).view(Shape);
        Nf4Kernel.Dequantize(_packed, Scales(), weight);
        return weight;
    }

    /// <summary>The weight in a working type; owned by the caller's scope.</summary>
    public Tensor Dequantize(ScalarType type, Device device)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var exact = empty(Shape, ScalarType.Float32);
        Nf4Kernel.Dequantize(_packed, Scales(), exact);
        return exact.to(type).GoTo(device).MoveToOuterDisposeScope();
    }

    private float[] Scales()
    {
        if (_scales is null || _scales.Length < _scaleCodes.Length)
        {
            _scales = new float[_scaleCodes.Length];
        }

        Nf4.DequantizeScales(_scaleCodes, _outerScales, _offset, _scales.AsSpan(0, _scaleCodes.Length));
        return _scales;
    }
}

using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Layers;
using FuseSharp.Testing;
using TorchSharp;

namespace FuseSharp.Models.Tests.Adapters;

/// <summary>Codes, scales and values identical to those of bitsandbytes.</summary>
public sealed class Nf4Tests
{
    [Fact]
    public void Quantize_Golden_SameBytesAndScales()
    {
        using var golden = new SafetensorsReader(GoldenSet.Path("adapters", "nf4.safetensors"));
        float[] weight = Floats(golden, "weight");
        byte[] packed = new byte[weight.Length / 2];
        float[] scales = new float[weight.Length / Nf4.BlockSize];

        Nf4.Quantize(weight, packed, scales);

        Assert.Equal(Bytes(golden, "packed"), packed);
        Assert.Equal(Floats(golden, "absmax"), scales);
        float[] values = new float[weight.Length];
        Nf4.Dequantize(packed, scales, 0, values);
        Assert.Equal(Floats(golden, "dequantized"), values);
    }

    [Fact]
    public void QuantizeScales_Golden_SameBytesAndValues()
    {
        using var golden = new SafetensorsReader(GoldenSet.Path("adapters", "nf4.safetensors"));
        float[] scales = Floats(golden, "absmax");
        byte[] codes = new byte[scales.Length];
        float[] outer = new float[3];

        float offset = Nf4.QuantizeScales(scales, codes, outer);

        Assert.Equal(Floats(golden, "nested_code"), DynamicCode.Values);
        Assert.Equal(Floats(golden, "nested_offset")[0], offset);
        Assert.Equal(Floats(golden, "nested_absmax"), outer);
        Assert.Equal(Bytes(golden, "nested_absmax_u8"), codes);
        float[] again = new float[scales.Length];
        float[] values = new float[scales.Length * Nf4.BlockSize];
        Nf4.DequantizeScales(codes, outer, offset, again);
        Nf4.Dequantize(Bytes(golden, "packed"), again, 0, values);
        Assert.Equal(Floats(golden, "dequantized_nested"), values);
    }

    [Fact]
    public void Weight_OfZerosAndAnOddSize_ComesBack()
    {
        using var scope = torch.NewDisposeScope();
        var weight = torch.zeros(3, 67);

        var back = new QuantizedWeight(weight).Dequantize(torch.ScalarType.Float32, torch.CPU);

        Assert.True(back.eq(weight).all().ToBoolean());
    }

    private static float[] Floats(SafetensorsReader reader, string name)
    {
        using var tensor = reader.Read(name);
        return tensor.data<float>().ToArray();
    }

    private static byte[] Bytes(SafetensorsReader reader, string name)
    {
        using var tensor = reader.Read(name);
        return tensor.bytes.ToArray();
    }
}

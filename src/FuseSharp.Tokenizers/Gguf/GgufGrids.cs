using System.Buffers.Binary;

namespace FuseSharp.Tokenizers.Gguf;

/// <summary>The points that the formats IQ1, IQ2 and IQ3 choose from: 4 or 8 numbers each, which ggml keeps as constants.</summary>
/// <remarks>grids.bin holds the six lists one after the other, 16 bits a point: the place of each of its numbers among the few that occur, two bits or three, the first lowest. Points of a list ascend, and no formula gives them: they were chosen by
/// ggml's author for weights of real models.</remarks>
internal static class GgufGrids
{
    private static readonly sbyte[] _two = [8, 25, 43];
    private static readonly sbyte[] _three = [4, 12, 20, 28, 36, 44, 52, 62];
    private static readonly sbyte[] _odd = [1, 3, 5, 7, 9, 11, 13, 15];
    private static readonly sbyte[] _signs = [-1, 0, 1];

    private static readonly byte[] _packed = ReadPacked();

    /// <summary>256 points of 8 numbers.</summary>
    public static sbyte[] Iq2Xxs { get; } = Unpack(0, 256, _two);

    /// <summary>512 points of 8 numbers.</summary>
    public static sbyte[] Iq2Xs { get; } = Unpack(256, 512, _two);

    /// <summary>1024 points of 8 numbers.</summary>
    public static sbyte[] Iq2S { get; } = Unpack(768, 1024, _two);

    /// <summary>256 points of 4 numbers.</summary>
    public static sbyte[] Iq3Xxs { get; } = Unpack(1792, 256, _three);

    /// <summary>512 points of 4 numbers.</summary>
    public static sbyte[] Iq3S { get; } = Unpack(2048, 512, _odd);

    /// <summary>2048 points of 8 numbers.</summary>
    public static sbyte[] Iq1 { get; } = Unpack(2560, 2048, _signs);

    private static sbyte[] Unpack(int first, int count, sbyte[] values)
    {
        var (numbers, bits) = values.Length == 3 ? (8, 2) : (4, 3);
        sbyte[] points = new sbyte[count * numbers];
        for (int i = 0; i < points.Length; i++)
        {
            int point = BinaryPrimitives.ReadUInt16LittleEndian(_packed.AsSpan(2 * (first + (i / numbers))));
            points[i] = values[(point >> (bits * (i % numbers))) & ((1 << bits) - 1)];
        }

        return points;
    }

    private static byte[] ReadPacked()
    {
        using var stream = typeof(GgufGrids).Assembly.GetManifestResourceStream("grids.bin")!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}

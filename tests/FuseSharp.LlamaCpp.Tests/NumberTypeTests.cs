using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.LlamaCpp.Tests;

/// <summary>Blocks of random bits, decoded here and by ggml's own functions: the same bits.</summary>
public sealed unsafe class NumberTypeTests
{
    private const int Blocks = 700; // each point of every grid is among them

    /// <summary>Types with blocks and where in one its float16 lie.</summary>
    public static TheoryData<GgufType, string, int[]> Types => new()
    {
        { GgufType.Q4_0, "q4_0", [0] },
        { GgufType.Q4_1, "q4_1", [0, 2] },
        { GgufType.Q5_0, "q5_0", [0] },
        { GgufType.Q5_1, "q5_1", [0, 2] },
        { GgufType.Q8_0, "q8_0", [0] },
        { GgufType.Q2_K, "q2_K", [80, 82] },
        { GgufType.Q3_K, "q3_K", [108] },
        { GgufType.Q4_K, "q4_K", [0, 2] },
        { GgufType.Q5_K, "q5_K", [0, 2] },
        { GgufType.Q6_K, "q6_K", [208] },
        { GgufType.IQ4_NL, "iq4_nl", [0] },
        { GgufType.IQ4_XS, "iq4_xs", [0] },
        { GgufType.TQ1_0, "tq1_0", [52] },
        { GgufType.TQ2_0, "tq2_0", [64] },
        { GgufType.MXFP4, "mxfp4", [] },
        { GgufType.NVFP4, "nvfp4", [] },
        { GgufType.Q1_0, "q1_0", [0] },
        { GgufType.Q2_0, "q2_0", [0] },
        { GgufType.IQ1_S, "iq1_s", [0] },
        { GgufType.IQ1_M, "iq1_m", [] },
        { GgufType.IQ2_XXS, "iq2_xxs", [0] },
        { GgufType.IQ2_XS, "iq2_xs", [0] },
        { GgufType.IQ2_S, "iq2_s", [0] },
        { GgufType.IQ3_XXS, "iq3_xxs", [0] },
        { GgufType.IQ3_S, "iq3_s", [0] },
    };

    [Theory(Skip = LlamaCppLibrary.MissingReason, SkipWhen = nameof(LlamaCppLibrary.IsMissing), SkipType = typeof(LlamaCppLibrary))]
    [MemberData(nameof(Types))]
    public void Decode_RandomBlocks_GivesGgmlsNumbers(GgufType type, string name, int[] halves)
    {
        var (elements, bytes) = GgufBlocks.SizeOf(type);
        byte[] blocks = new byte[Blocks * bytes];
        var random = new Random(3);
        random.NextBytes(blocks);
        foreach (int at in Enumerable.Range(0, Blocks).SelectMany(b => halves.Select(h => (b * bytes) + h)))
        {
            BinaryPrimitives.WriteHalfLittleEndian(blocks.AsSpan(at), (Half)((random.NextDouble() * 4) - 2)); // no infinities
        }

        float[] ours = new float[Blocks * elements];
        float[] theirs = new float[ours.Length];
        GgufBlocks.Decode(type, blocks, ours);
        var decode = (delegate* unmanaged<byte*, float*, long, void>)NativeLibrary.GetExport(LlamaCppLibrary.Ggml, $"dequantize_row_{name}");
        fixed (byte* from = blocks)
        fixed (float* to = theirs)
        {
            decode(from, to, theirs.Length);
        }

        Assert.Equal(theirs, ours);
        Assert.True(ours.Distinct().Count() > 2);
    }
}

using System.Reflection;
using FuseSharp.Models.Architectures;
using static TorchSharp.torch;

namespace FuseSharp.LlamaCpp.Tests;

/// <summary>GELU as llama.cpp computes it on the processor: the tanh form, looked up in a table from float16 to float16. Put into a model, what is left against llama.cpp is the file.</summary>
internal static class TabledGelu
{
    /// <summary>Distance from llama.cpp in float32, as a share of the logits' norm; at most 4.3e-5 was measured, and 4.4e-4 with GELU in float32.</summary>
    public const double Tolerance = 1e-4;

    private const string Field = "_activation";
    private const float Edge = 10; // beyond it llama.cpp takes 0 or the number itself
    private const float Root = 0.79788456080286535587989211986876f; // of 2 / π
    private const float Cubic = 0.044715f;

    private static readonly float[] _table = CreateTable();

    /// <summary>Whether llama.cpp computes a model's activation so.</summary>
    public static bool IsOf(CausalModel model) => new[] { "hidden_activation", "hidden_act", "activation_function" }.Any(k => model.Config.Text(k, "").StartsWith("gelu", StringComparison.Ordinal)) || model.Config.Architecture is "MptForCausalLM" or "MPTForCausalLM" or "GPTNeoXForCausalLM" or "GPT2LMHeadModel";

    /// <summary>Replaces the activations of a model; the network has no place for another one, and needs none but here.</summary>
    public static void Put(CausalModel model)
    {
        int replaced = model.modules().Sum(Put);
        Assert.True(replaced > 0, "no activation was found");
    }

    private static int Put(object owner)
    {
        var field = owner.GetType().GetField(Field, BindingFlags.Instance | BindingFlags.NonPublic);
        switch (field?.GetValue(owner))
        {
            case null:
                return 0;
            case Func<Tensor, Tensor>:
                field.SetValue(owner, (Func<Tensor, Tensor>)Compute);
                return 1;
            case var gated:
                return Put(gated);
        }
    }

    private static Tensor Compute(Tensor x)
        => tensor([.. x.contiguous().data<float>().ToArray().Select(n => n <= -Edge ? 0 : n >= Edge ? n : _table[BitConverter.HalfToUInt16Bits((Half)n)])], x.shape);

    // In ggml's order, so that its table's bits come out.
    private static float[] CreateTable()
        => [.. Enumerable.Range(0, 1 << 16).Select(i => (float)BitConverter.UInt16BitsToHalf((ushort)i)).Select(x => (float)(Half)(0.5f * x * (1 + MathF.Tanh(Root * x * (1 + (Cubic * x * x))))))];
}

using FuseSharp.Models.Checkpoints;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Pipeline.Merge.Methods;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Merge;

/// <summary>Merges small tensors that a test writes out.</summary>
internal static class MergeByHand
{
    /// <summary>A place without tensors, for what reads only a merge's numbers.</summary>
    public static MergeInputs Numbers(MergeParameters shared, int models = 1)
        => new("x", [], null, new MergeNumbers("x", 0, [.. Enumerable.Range(0, models).Select(_ => new MergeParameters())], shared), new MergeBuffers(1));

    /// <summary>Merges one tensor.</summary>
    /// <param name="method">How.</param>
    /// <param name="shared">Numbers for all models.</param>
    /// <param name="weights">Of each model.</param>
    /// <param name="numbers">The tensor's in each model; with one more than weights, the base's first.</param>
    /// <param name="shape">Its shape.</param>
    public static float[] Merge(IMergeMethod method, MergeParameters shared, double[] weights, float[][] numbers, long[] shape)
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        SafetensorsReader[] sources = [.. numbers.Select((n, i) =>
        {
            string file = folder.At(FormattableString.Invariant($"{i}.safetensors"));
            SafetensorsWriter.Write(file, [("x", tensor(n, shape))]);
            return new SafetensorsReader(file);
        })];
        bool hasBase = numbers.Length > weights.Length;
        using var buffers = new MergeBuffers(numbers[0].Length);
        var inputs = new MergeInputs(
            "x", [.. sources.Skip(hasBase ? 1 : 0).Select(s => ((ITensorSource)s, "x"))], hasBase ? (sources[0], "x") : null,
            new MergeNumbers("x", 0, [.. weights.Select(w => new MergeParameters { Weight = w })], shared), buffers);
        float[] merged = [.. method.Merge(inputs).data<float>()];
        Array.ForEach(sources, s => s.Dispose());
        return merged;
    }
}

using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge;

/// <summary>Weighted mean of models (model soups, Wortsman et al. 2022): Σ wᵢ·xᵢ, divided by Σ wᵢ where that is asked for.</summary>
/// <param name="weights">Of each model.</param>
/// <param name="normalizes">Whether to divide.</param>
internal sealed class LinearMerge(double[] weights, bool normalizes) : IMergeMethod
{
    public Tensor Merge(MergeInputs inputs)
    {
        double scale = normalizes ? 1 / weights.Sum() : 1;
        var sum = inputs.Read(0, buffer: 0).mul_(RootedScalar.Of(weights[0] * scale));
        for (int i = 1; i < inputs.Count; i++)
        {
            using var next = inputs.Read(i, buffer: 1);
            sum.add_(next, RootedScalar.Of(weights[i] * scale));
        }

        return sum;
    }
}

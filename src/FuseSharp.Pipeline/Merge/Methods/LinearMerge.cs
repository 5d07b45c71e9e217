using FuseSharp.Errors;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Weighted mean of models (model soups, Wortsman et al. 2022): Σ wᵢ·xᵢ, divided by Σ wᵢ where that is asked for.</summary>
internal sealed class LinearMerge : IMergeMethod
{
    private const double SmallestSum = 1e-8; // of weights that are divided by

    public Tensor Merge(MergeInputs inputs)
    {
        double[] weights = inputs.Numbers.OfModels(p => p.Weight, 1);
        double scale = 1;
        if (inputs.Numbers.Setting(p => p.Normalize, true))
        {
            scale = weights.Sum() is var total && Math.Abs(total) >= SmallestSum ? 1 / total
                : throw new UsageException($"The weights of tensor '{inputs.Name}' sum to 0 and cannot be normalized. Choose others, or set normalize: false.");
        }

        var sum = inputs.Read(0, buffer: 0).mul_(RootedScalar.Of(weights[0] * scale));
        for (int i = 1; i < inputs.Count; i++)
        {
            using var next = inputs.Read(i, buffer: 1);
            sum.add_(next, RootedScalar.Of(weights[i] * scale));
        }

        return sum;
    }
}

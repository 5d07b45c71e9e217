using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge;

/// <summary>Task arithmetic (Ilharco et al. 2023): the base plus λ·Σ wᵢ·(xᵢ − base); with pruned changes it is DARE (Yu et al. 2024).</summary>
/// <param name="weights">Of each model.</param>
/// <param name="pruning">Prunes a change in place; null for none.</param>
/// <param name="normalizes">Whether to divide by the sum of the weights.</param>
/// <param name="lambda">Factor of the merged change.</param>
internal sealed class TaskArithmeticMerge(double[] weights, IChangePruning? pruning, bool normalizes, double lambda) : IMergeMethod
{
    // mergekit's: weights that cancel out are not divided by.
    private const double SmallestDivisor = 1e-8;

    public Tensor Merge(MergeInputs inputs)
    {
        double sum = weights.Sum();
        double scale = lambda / (normalizes && Math.Abs(sum) >= SmallestDivisor ? sum : 1);
        return pruning is null ? MergeWhole(inputs, scale) : MergePruned(inputs, pruning, scale);
    }

    // Unpruned, the base's shares add up first, and two tensors are enough: base · (1 − Σ w) + Σ w·x.
    private Tensor MergeWhole(MergeInputs inputs, double scale)
    {
        var merged = inputs.ReadBase(buffer: 0).mul_(RootedScalar.Of(1 - (scale * weights.Sum())));
        for (int i = 0; i < inputs.Count; i++)
        {
            using var next = inputs.Read(i, buffer: 1);
            merged.add_(next, RootedScalar.Of(weights[i] * scale));
        }

        return merged;
    }

    private Tensor MergePruned(MergeInputs inputs, IChangePruning pruning, double scale)
    {
        using var from = inputs.ReadBase(buffer: 0);
        var merged = inputs.Copy(from, buffer: 1); // not 'from' itself: every change is taken from the untouched base
        for (int i = 0; i < inputs.Count; i++)
        {
            using var change = inputs.Change(i, from, buffer: 2);
            pruning.Prune(change, i, inputs.Name);
            merged.add_(change, RootedScalar.Of(weights[i] * scale));
        }

        return merged;
    }
}

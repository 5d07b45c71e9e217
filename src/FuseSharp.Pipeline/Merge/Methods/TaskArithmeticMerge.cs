using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Task arithmetic (Ilharco et al. 2023): the base plus λ·Σ wᵢ·(xᵢ − base); with pruned changes it is DARE, DELLA or Breadcrumbs.</summary>
/// <param name="pruning">Prunes a change in place; null for none.</param>
internal sealed class TaskArithmeticMerge(IChangePruning? pruning) : IMergeMethod
{
    // mergekit's: weights that cancel out are not divided by.
    private const double SmallestDivisor = 1e-8;

    public Tensor Merge(MergeInputs inputs)
    {
        double[] weights = inputs.Numbers.OfModels(p => p.Weight, 1);
        double sum = weights.Sum();
        double scale = inputs.Numbers.Shared(p => p.Lambda, 1) / (inputs.Numbers.Setting(p => p.Normalize, false) && Math.Abs(sum) >= SmallestDivisor ? sum : 1);
        weights = [.. weights.Select(w => w * scale)];
        return pruning is null ? MergeWhole(inputs, weights) : MergePruned(inputs, pruning, weights);
    }

    // Unpruned, the base's shares add up first, and two tensors are enough: base · (1 − Σ w) + Σ w·x.
    private static Tensor MergeWhole(MergeInputs inputs, double[] weights)
    {
        var merged = inputs.ReadBase(buffer: 0).mul_(RootedScalar.Of(1 - weights.Sum()));
        for (int i = 0; i < inputs.Count; i++)
        {
            using var next = inputs.Read(i, buffer: 1);
            merged.add_(next, RootedScalar.Of(weights[i]));
        }

        return merged;
    }

    private static Tensor MergePruned(MergeInputs inputs, IChangePruning pruning, double[] weights)
    {
        using var from = inputs.ReadBase(buffer: 0);
        var merged = inputs.Copy(from, buffer: 1); // not 'from' itself: every change is taken from the untouched base
        for (int i = 0; i < inputs.Count; i++)
        {
            using var change = inputs.Change(i, from, buffer: 2);
            pruning.Prune(change, i, inputs);
            merged.add_(change, RootedScalar.Of(weights[i]));
        }

        return merged;
    }
}

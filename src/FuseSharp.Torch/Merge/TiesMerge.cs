using FuseSharp.Torch.Checkpoints;
using FuseSharp.Torch.Native;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Merge;

/// <summary>TIES (Yadav et al. 2023): changes are pruned, each number elects the sign with the larger weighted sum, and only changes of that sign count.</summary>
/// <remarks>
/// With dᵢ the pruned, weighted changes: base + λ · Σ dᵢ[sign agrees] / Σ wᵢ[sign agrees]; the divisor only where normalizing is asked for.
/// A sum of exactly 0 elects plus, as in mergekit. Holds the base and the change of every model at once; all else is made for a million numbers at a time.
/// </remarks>
/// <param name="weights">Of each model.</param>
/// <param name="pruning">Prunes a change in place.</param>
/// <param name="normalizes">Whether to divide by the sum of the weights that agree.</param>
/// <param name="lambda">Factor of the merged change.</param>
internal sealed class TiesMerge(double[] weights, IChangePruning pruning, bool normalizes, double lambda) : IMergeMethod
{
    public Tensor Merge(MergeInputs inputs)
    {
        var merged = inputs.ReadBase();
        var changes = new Tensor[inputs.Count];
        for (int i = 0; i < changes.Length; i++)
        {
            changes[i] = inputs.Change(i, merged);
            pruning.Prune(changes[i], i, inputs.Name);
            changes[i].mul_(LiveScalar.Of(weights[i]));
        }

        foreach (var (piece, start) in TensorChunks.Of(merged))
        {
            using var scope = NewDisposeScope();
            piece.add_(Agreed([.. changes.Select(c => c.view(-1).narrow(0, start, piece.shape[0]))]), LiveScalar.Of(lambda));
        }

        foreach (var change in changes)
        {
            change.Dispose();
        }

        return merged;
    }

    private Tensor Agreed(Tensor[] changes)
    {
        var sum = zeros_like(changes[0]);
        foreach (var change in changes)
        {
            sum.PlusInPlace(change);
        }

        var elected = sum.ge(LiveScalar.Of(0.0)).to(ScalarType.Float32).mul(LiveScalar.Of(2.0)).Plus(-1.0); // 1 or −1; a change of 0 agrees with neither
        var mixed = zeros_like(sum);
        var divisor = zeros_like(sum);
        for (int i = 0; i < changes.Length; i++)
        {
            var agrees = changes[i].sign().eq(elected).to(ScalarType.Float32);
            mixed.PlusInPlace(changes[i] * agrees);
            divisor.add_(agrees, LiveScalar.Of(weights[i]));
        }

        return normalizes ? mixed.div(divisor.masked_fill(divisor.eq(LiveScalar.Of(0.0)), LiveScalar.Of(1.0))) : mixed;
    }
}

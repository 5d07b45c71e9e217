using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Adapters;

/// <summary>What A and B of a parameter that holds the maps of all experts make of one expert's: W + s·B·A of that expert.</summary>
/// <remarks>A is [experts · rank, inputs] and B [outputs, rank · experts]: in A the experts lie one after the other, in B they alternate.</remarks>
/// <param name="contents">Holds A and B.</param>
/// <param name="module">The module whose parameter it is.</param>
/// <param name="parts">Keys of A and B.</param>
/// <param name="experts">How many.</param>
/// <param name="scale">s.</param>
internal sealed class StackedChange(AdapterContents contents, string module, AdapterParts parts, long experts, double scale)
{
    /// <summary>Changes a map that a checkpoint stores by itself.</summary>
    /// <param name="weight">[outputs, inputs], float32.</param>
    /// <param name="expert">Whose.</param>
    /// <param name="start">First of the parameter's outputs that the map has: gate and up lie one below the other.</param>
    public Tensor Apply(Tensor weight, long expert, long start) => weight.Plus(Product(expert).narrow(0, start, weight.shape[0]));

    /// <summary>Changes the whole parameter, where the checkpoint stores it so.</summary>
    /// <param name="weights">[experts, inputs, outputs], float32.</param>
    public Tensor Apply(Tensor weights)
    {
        for (long e = 0; e < experts; e++)
        {
            using var scope = NewDisposeScope();
            weights[e].PlusInPlace(Product(e).t());
        }

        return weights;
    }

    private Tensor Product(long expert)
    {
        var down = contents.ReadKept(module, parts.Down!);
        var up = contents.ReadKept(module, parts.Up!);
        long rank = down.shape[0] / experts;
        return up.view(up.shape[0], rank, experts).select(2, expert).matmul(down.narrow(0, expert * rank, rank)).mul_(RootedScalar.Of(scale));
    }
}

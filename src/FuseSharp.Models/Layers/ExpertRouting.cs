using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>Sends tokens through the experts that a router chose.</summary>
/// <remarks>Tokens are sorted by expert, so each expert runs once over a contiguous slice: no loop over tokens, and no expert sees a token that is not its own.</remarks>
internal static class ExpertRouting
{
    /// <summary>The weighed sum of what each token's experts make of it.</summary>
    /// <param name="tokens">[n, hidden].</param>
    /// <param name="weights">[n, per token], of the same type.</param>
    /// <param name="chosen">[n, per token] int64: the experts.</param>
    /// <param name="count">Of the experts.</param>
    /// <param name="expert">Runs one over some rows, of which there may be none.</param>
    /// <returns>[n, hidden].</returns>
    public static Tensor Run(Tensor tokens, Tensor weights, Tensor chosen, int count, Func<int, Tensor, Tensor> expert)
    {
        var assigned = chosen.flatten();                                                    // [n · per token], expert of each assignment
        var order = assigned.argsort(0, false);                                             // assignments, those of expert 0 first
        var rows = order.div(RootedScalar.Of(chosen.shape[1]), RoundingMode.floor);         // the token of each
        long[] counts = [.. assigned.bincount(null, count).cpu().data<long>()];
        var sorted = tokens.index_select(0, rows);
        var results = new Tensor[count];
        long start = 0;
        for (int e = 0; e < results.Length; e++)
        {
            // Also experts without a token run, over no rows: their gradients are then zero instead of missing.
            results[e] = expert(e, sorted.narrow(0, start, counts[e]));
            start += counts[e];
        }

        var weighed = cat(results, 0) * weights.flatten().index_select(0, order).unsqueeze(-1);
        return zeros_like(tokens).index_add(0, rows, weighed, RootedScalar.Of(1));
    }
}

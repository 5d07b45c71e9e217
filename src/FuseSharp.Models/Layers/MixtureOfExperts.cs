using FuseSharp.Models.Configuration;
using FuseSharp.Models.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>Mixtral's feed-forward part: a router sends every token through its most likely experts, whose results are weighed by the router's probabilities.</summary>
/// <remarks>Tokens are sorted by expert, so each expert runs once over a contiguous slice: no loop over tokens, and no expert sees a token that is not its own.</remarks>
internal sealed class MixtureOfExperts : nn.Module
{
    private readonly Projection gate;
    private readonly ModuleList<Expert> experts;
    private readonly int _perToken;

    public MixtureOfExperts(LlamaShape shape, GatedActivation activation, ScalarType type)
        : base("experts")
    {
        gate = new Projection(shape.Hidden, shape.Experts, false, type);
        experts = nn.ModuleList([.. Enumerable.Range(0, shape.Experts).Select(_ => new Expert(shape, activation, type))]);
        _perToken = shape.ExpertsPerToken;
        RegisterComponents();
    }

    /// <param name="states">[batch, tokens, hidden].</param>
    public Tensor Forward(Tensor states)
    {
        var flat = states.flatten(0, 1);                                                    // [n, hidden]
        var probabilities = gate.Forward(flat).to(ScalarType.Float32).softmax(-1);           // [n, experts]
        var (weights, chosen) = probabilities.topk(_perToken, -1);                          // both [n, per token]
        weights = (weights / weights.sum(-1, keepdim: true)).to(states.dtype);
        var assigned = chosen.flatten();                                                    // [n · per token], expert of each assignment
        var order = assigned.argsort(0, false);                                             // assignments, those of expert 0 first
        var rows = order.div(RootedScalar.Of(_perToken), RoundingMode.floor);                                // the token of each
        long[] counts = [.. assigned.bincount(null, experts.Count).cpu().data<long>()];
        var sorted = flat.index_select(0, rows);
        var results = new Tensor[experts.Count];
        long start = 0;
        for (int e = 0; e < results.Length; e++)
        {
            // Also experts without a token run, over no rows: their gradients are then zero instead of missing.
            results[e] = experts[e].Forward(sorted.narrow(0, start, counts[e]));
            start += counts[e];
        }

        var weighed = cat(results, 0) * weights.flatten().index_select(0, order).unsqueeze(-1);
        return zeros_like(flat).index_add(0, rows, weighed, RootedScalar.Of(1)).view_as(states);
    }

    private sealed class Expert : nn.Module
    {
        private readonly Projection w1;
        private readonly Projection w2;
        private readonly Projection w3;
        private readonly GatedActivation _activation;

        public Expert(LlamaShape shape, GatedActivation activation, ScalarType type)
            : base("expert")
        {
            w1 = new Projection(shape.Hidden, shape.Inner, false, type);
            w2 = new Projection(shape.Inner, shape.Hidden, false, type);
            w3 = new Projection(shape.Hidden, shape.Inner, false, type);
            _activation = activation;
            RegisterComponents();
        }

        public Tensor Forward(Tensor states) => w2.Forward(_activation.Forward(w1.Forward(states), w3.Forward(states)));
    }
}

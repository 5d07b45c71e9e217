using FuseSharp.Models.Decoding;
using FuseSharp.Models.Families;
using FuseSharp.Models.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>Experts in the place of a feed-forward part: a router sends every token through its likeliest experts, whose results are weighed by the router's probabilities.</summary>
internal sealed class MixtureOfExperts : FeedForward
{
    private readonly Projection gate;
    private readonly ModuleList<GatedFeedForward> experts;
    private readonly GatedFeedForward? shared_experts;
    private readonly ExpertsDesign _design;

    public MixtureOfExperts(FeedForwardDesign design, ScalarType type)
    {
        _design = design.Experts!;
        gate = new Projection(design.Hidden, _design.Count, false, type);
        experts = nn.ModuleList([.. Enumerable.Range(0, _design.Count).Select(_ => new GatedFeedForward(design with { Width = _design.Width, HasBias = false }, _design.Maps, type))]);
        shared_experts = _design.SharedWidth == 0 ? null : new GatedFeedForward(design with { Width = _design.SharedWidth }, _design.Maps, type);
        RegisterComponents();
    }

    public override Tensor Forward(Tensor states)
    {
        var flat = states.flatten(0, 1);                                                    // [n, hidden]
        var probabilities = gate.Forward(flat).to(ScalarType.Float32).softmax(-1);           // [n, experts]
        var (weights, chosen) = probabilities.topk(_design.PerToken, -1);                   // both [n, per token]
        weights = _design.IsNormalized ? weights / weights.sum(-1, keepdim: true) : weights;
        weights = _design.Scale == 1 ? weights : weights.mul(RootedScalar.Of(_design.Scale));
        var routed = ExpertRouting.Run(flat, weights.to(states.dtype), chosen, experts.Count, (e, rows) => experts[e].Forward(rows)).view_as(states);
        return shared_experts is null ? routed : routed.Plus(shared_experts.Forward(states));
    }

    public override FeedForwardRows? Rows()
    {
        var shared = shared_experts?.Rows();
        FeedForwardRows?[] all = [.. experts.Select(e => e.Rows())];
        return gate.Rows() is { } router && !Array.Exists(all, e => e is null) && (shared is null) == (shared_experts is null) ? new ExpertRows(router, all!, shared, _design) : null;
    }
}

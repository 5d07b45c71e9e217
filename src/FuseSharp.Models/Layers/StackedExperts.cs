using FuseSharp.Models.Families;
using FuseSharp.Models.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>GPT-OSS's experts, one tensor for the maps of all: (up + 1) · gate · σ(steepness · gate), gate and up clamped, their columns by turns.</summary>
/// <remarks>A router with a bias chooses; the softmax goes over the chosen ones' logits. These maps are no linear layers of their own: adapters leave them alone, as PEFT does
/// without <c>target_parameters</c>, and NF4 too.</remarks>
internal sealed class StackedExperts : FeedForward
{
    private readonly Projection router;
    private readonly Maps experts;
    private readonly ExpertsDesign _design;

    public StackedExperts(FeedForwardDesign design, ScalarType type)
    {
        _design = design.Experts!;
        router = new Projection(design.Hidden, _design.Count, true, type);
        experts = new Maps(design.Hidden, _design, type);
        RegisterComponents();
    }

    public override Tensor Forward(Tensor states)
    {
        var flat = states.flatten(0, 1); // [n, hidden]
        var (logits, chosen) = router.Forward(flat).topk(_design.PerToken, -1);
        var weights = logits.to(ScalarType.Float32).softmax(-1).to(states.dtype);
        var (inward, inwardBias, outward, outwardBias) = experts.Split();
        return ExpertRouting.Run(flat, weights, chosen, _design.Count, (e, rows) =>
        {
            var columns = rows.matmul(inward[e]).Plus(inwardBias[e]).unflatten(1, [-1, 2]).unbind(-1); // both [rows, width]
            var gate = columns[0].clamp_max(RootedScalar.Of(_design.Limit!.Value));
            var up = columns[1].clamp(RootedScalar.Of(-_design.Limit.Value), RootedScalar.Of(_design.Limit.Value));
            var activated = up.Plus(1) * gate * gate.mul(RootedScalar.Of(_design.Steepness)).sigmoid();
            return activated.matmul(outward[e]).Plus(outwardBias[e]);
        }).view_as(states);
    }

    private sealed class Maps : nn.Module
    {
        private readonly Parameter gate_up_proj;
        private readonly Parameter gate_up_proj_bias;
        private readonly Parameter down_proj;
        private readonly Parameter down_proj_bias;

        public Maps(int hidden, ExpertsDesign design, ScalarType type)
            : base("experts")
        {
            gate_up_proj = nn.Parameter(empty(design.Count, hidden, 2L * design.Width, dtype: type));
            gate_up_proj_bias = nn.Parameter(empty(design.Count, 2L * design.Width, dtype: type));
            down_proj = nn.Parameter(empty(design.Count, design.Width, hidden, dtype: type));
            down_proj_bias = nn.Parameter(empty(design.Count, hidden, dtype: type));
            RegisterComponents();
        }

        // At once: the gradient of each part alone would be a tensor for all experts.
        public (Tensor[] Inward, Tensor[] InwardBias, Tensor[] Outward, Tensor[] OutwardBias) Split()
            => (gate_up_proj.unbind(0), gate_up_proj_bias.unbind(0), down_proj.unbind(0), down_proj_bias.unbind(0));
    }
}

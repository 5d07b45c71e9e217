using FuseSharp.Models.Decoding;
using FuseSharp.Models.Families;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>A layer of a <see cref="Decoder"/>, as a <see cref="LayerDesign"/> has it.</summary>
internal sealed class DecoderLayer : nn.Module
{
    private readonly Norm? _beforeAttention;
    private readonly Norm? _afterAttention;
    private readonly Norm? _beforeFeedForward;
    private readonly Norm? _afterFeedForward;
    private readonly DecoderAttention? _attention;
    private readonly LatentAttention? _latentAttention;
    private readonly FeedForward _feedForward;

    /// <param name="design">How.</param>
    /// <param name="number">Its place, by which the cache knows it.</param>
    /// <param name="type">Working type.</param>
    public DecoderLayer(LayerDesign design, int number, ScalarType type)
        : base("layer")
    {
        Design = design;
        Norm? Norm(string? name) => name is null ? null : Layers.Norm.Create(design.Norm, design.Attention.Hidden, type);
        _beforeAttention = Norm(design.BeforeAttention);
        _attention = design.Attention.Latent is null ? new DecoderAttention(design.Attention, number, type) : null;
        _latentAttention = design.Attention.Latent is null ? null : new LatentAttention(design.Attention, number, type);
        _afterAttention = Norm(design.AfterAttention);
        _beforeFeedForward = Norm(design.BeforeFeedForward);
        _feedForward = FeedForward.Create(design.FeedForward, type);
        _afterFeedForward = Norm(design.AfterFeedForward);
        ModuleNames.Register(this, (design.BeforeAttention, _beforeAttention), ("self_attn", (nn.Module?)_attention ?? _latentAttention), (design.AfterAttention, _afterAttention),
            (design.BeforeFeedForward, _beforeFeedForward), (design.FeedForward.Experts?.Name ?? "mlp", _feedForward), (design.AfterFeedForward, _afterFeedForward));
    }

    /// <summary>What it is made by.</summary>
    public LayerDesign Design { get; }

    // The parts have their names already; a field's own would be a second one.
    protected override void RegisterComponents()
    {
    }

    /// <param name="states">[batch, tokens, hidden].</param>
    /// <param name="context">Shared by the layers.</param>
    public Tensor Forward(Tensor states, RotaryContext context)
    {
        var normed = _beforeAttention?.Forward(states) ?? states;
        var attended = _attention?.Forward(normed, context) ?? _latentAttention!.Forward(normed, context);
        attended = Added(_afterAttention?.Forward(attended) ?? attended);
        if (Design.IsParallel)
        {
            return states.Plus(attended).Plus(Added(_feedForward.Forward(normed)));
        }

        states = states.Plus(attended);
        var result = _feedForward.Forward(_beforeFeedForward?.Forward(states) ?? states);
        return states.Plus(Added(_afterFeedForward?.Forward(result) ?? result));
    }

    private Tensor Added(Tensor part) => Design.ResidualScale == 1 ? part : part.mul(RootedScalar.Of(Design.ResidualScale));

    /// <summary>The same on rows; null where rows do not have it.</summary>
    public LayerRows? Rows() => (_attention?.Rows(), _feedForward.Rows()) is not ({ } attention, { } feedForward) ? null : new LayerRows(Design, attention, feedForward)
    {
        BeforeAttention = _beforeAttention?.Rows(),
        AfterAttention = _afterAttention?.Rows(),
        BeforeFeedForward = _beforeFeedForward?.Rows(),
        AfterFeedForward = _afterFeedForward?.Rows(),
    };
}

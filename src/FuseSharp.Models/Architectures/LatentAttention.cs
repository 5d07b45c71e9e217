using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using FuseSharp.Models.Layers;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>DeepSeek-V2's attention: keys and values of all heads come from one narrow state, and one part of a key that turns is the same for all heads.</summary>
/// <remarks>The cache holds keys and values as they are used, not the narrow states.</remarks>
internal sealed class LatentAttention : nn.Module
{
    private readonly Projection q_proj;
    private readonly Projection kv_a_proj_with_mqa;
    private readonly Norm kv_a_layernorm;
    private readonly Projection kv_b_proj;
    private readonly Projection o_proj;
    private readonly AttentionDesign _design;
    private readonly LatentDesign _latent;
    private readonly int _number;

    /// <param name="design">How.</param>
    /// <param name="number">Of its layer, by which the cache knows it.</param>
    /// <param name="type">Working type.</param>
    public LatentAttention(AttentionDesign design, int number, ScalarType type)
        : base("attention")
    {
        _design = design;
        _latent = design.Latent!;
        _number = number;
        q_proj = new Projection(design.Hidden, (long)design.Heads * design.HeadSize, false, type);
        kv_a_proj_with_mqa = new Projection(design.Hidden, _latent.Width + _latent.TurningSize, design.HasQueryBias, type);
        kv_a_layernorm = Norm.Create(design.HeadNorm!.Norm, _latent.Width, type);
        kv_b_proj = new Projection(_latent.Width, (long)design.Heads * (_latent.PlainSize + _latent.ValueSize), false, type);
        o_proj = new Projection((long)design.Heads * _latent.ValueSize, design.Hidden, design.HasOutputBias, type);
        RegisterComponents();
    }

    /// <param name="states">[batch, tokens, hidden].</param>
    /// <param name="context">Shared by the blocks.</param>
    public Tensor Forward(Tensor states, RotaryContext context)
    {
        var angles = context.Angles(_design.Rotary)!.Value;
        var query = Heads(q_proj.Forward(states)).split([_latent.PlainSize, _latent.TurningSize], -1);
        var narrow = kv_a_proj_with_mqa.Forward(states).split([_latent.Width, _latent.TurningSize], -1);
        var wide = Heads(kv_b_proj.Forward(kv_a_layernorm.Forward(narrow[0]))).split([_latent.PlainSize, _latent.ValueSize], -1);
        var turned = RotaryPositions.Turn(narrow[1].unsqueeze(1), angles, _design.Rotary!.IsInterleaved); // [batch, 1, tokens, turning]
        var q = cat([query[0], RotaryPositions.Turn(query[1], angles, _design.Rotary.IsInterleaved)], -1);
        var k = cat([wide[0], turned.expand(-1, _design.Heads, -1, -1)], -1);
        (k, var v) = context.Cache?.Append(_number, k, wide[1].contiguous()) ?? (k, wide[1]);
        return o_proj.Forward(CausalAttention.Attend(q, k, v, context.Mask(_design.Window), _design.Window, _design.Scale));
    }

    // [batch, heads, tokens, size].
    private Tensor Heads(Tensor projected) => projected.unflatten(2, [_design.Heads, -1]).transpose(1, 2);
}

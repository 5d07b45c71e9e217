using FuseSharp.Models.Configuration;
using FuseSharp.Models.Layers;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>Grouped-query attention with rotary positions and, in some families, a sliding window.</summary>
internal sealed class LlamaAttention : nn.Module
{
    private readonly Projection q_proj;
    private readonly Projection k_proj;
    private readonly Projection v_proj;
    private readonly Projection o_proj;
    private readonly long _headSize;
    private readonly long? _window;
    private readonly int _number;

    public LlamaAttention(LlamaShape shape, int number, ScalarType type)
        : base("attention")
    {
        long width = (long)shape.Heads * shape.HeadSize;
        long keyWidth = (long)shape.KeyValueHeads * shape.HeadSize;
        _headSize = shape.HeadSize;
        _window = shape.WindowOf(number);
        _number = number;
        q_proj = new Projection(shape.Hidden, width, shape.HasQueryBias, type);
        k_proj = new Projection(shape.Hidden, keyWidth, shape.HasQueryBias, type);
        v_proj = new Projection(shape.Hidden, keyWidth, shape.HasQueryBias, type);
        o_proj = new Projection(width, shape.Hidden, shape.HasOutputBias, type);
        RegisterComponents();
    }

    /// <param name="states">[batch, tokens, hidden].</param>
    /// <param name="context">Shared by the blocks.</param>
    public Tensor Forward(Tensor states, RotaryContext context)
    {
        var q = RotaryPositions.Heads(q_proj.Forward(states), _headSize, context.Angles);
        var k = RotaryPositions.Heads(k_proj.Forward(states), _headSize, context.Angles);
        var v = RotaryPositions.Heads(v_proj.Forward(states), _headSize, null);
        (k, v) = context.Cache?.Append(_number, k, v) ?? (k, v);
        return o_proj.Forward(CausalAttention.Mix(q, k, v, _window is null ? context.Mask : context.WindowMask, _window));
    }
}

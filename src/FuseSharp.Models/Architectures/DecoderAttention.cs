using FuseSharp.Models.Configuration;
using FuseSharp.Models.Decoding;
using FuseSharp.Models.Families;
using FuseSharp.Models.Layers;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>Grouped-query attention, as an <see cref="AttentionDesign"/> has it.</summary>
internal sealed class DecoderAttention : nn.Module
{
    private const string SinksName = "sinks";

    private readonly Projection? _joined;
    private readonly Projection? _query;
    private readonly Projection? _key;
    private readonly Projection? _value;
    private readonly Projection _output;
    private readonly Norm? _queryNorm;
    private readonly Norm? _keyNorm;
    private readonly AttentionDesign _design;
    private readonly int _number;

    /// <param name="design">How.</param>
    /// <param name="number">Of its layer, by which the cache knows it.</param>
    /// <param name="type">Working type.</param>
    public DecoderAttention(AttentionDesign design, int number, ScalarType type)
        : base("attention")
    {
        _design = design;
        _number = number;
        long width = (long)design.Heads * design.HeadSize;
        long keyWidth = (long)design.KeyValueHeads * design.HeadSize;
        Projection? Map(bool isWanted, long outputs) => isWanted ? new Projection(design.Hidden, outputs, design.HasQueryBias, type) : null;
        _joined = Map(design.IsFused, width + (2 * keyWidth));
        _query = Map(!design.IsFused, width);
        _key = Map(!design.IsFused, keyWidth);
        _value = Map(!design.IsFused, keyWidth);
        _output = new Projection(width, design.Hidden, design.HasOutputBias, type);
        if (design.HeadNorm is { } norm)
        {
            _queryNorm = HeadNorms.Create(norm, design.Heads, design.HeadSize, type);
            _keyNorm = HeadNorms.Create(norm, design.KeyValueHeads, design.HeadSize, type);
        }

        ModuleNames.Register(this, ("qkv_proj", _joined), ("q_proj", _query), ("k_proj", _key), ("v_proj", _value), ("o_proj", _output),
            (design.HeadNorm?.QueryName, _queryNorm), (design.HeadNorm?.KeyName, _keyNorm));
        if (design.HasSinks)
        {
            register_parameter(SinksName, nn.Parameter(empty(design.Heads, dtype: type)));
        }
    }

    // The parts have their names already; a field's own would be a second one.
    protected override void RegisterComponents()
    {
    }

    /// <param name="states">[batch, tokens, hidden].</param>
    /// <param name="context">Shared by the blocks.</param>
    public Tensor Forward(Tensor states, RotaryContext context)
    {
        var (q, k, v) = Split(states);
        var angles = context.Angles(_design.Rotary);
        bool isInterleaved = _design.Rotary?.IsInterleaved == true;
        q = HeadNorms.Run(_queryNorm, _design.HeadNorm?.Kind, q, _design.HeadSize);
        k = HeadNorms.Run(_keyNorm, _design.HeadNorm?.Kind, k, _design.HeadSize);
        (q, k) = RotaryPositions.HeadsOfBoth(q, k, _design.HeadSize, angles, isInterleaved);
        v = RotaryPositions.Heads(v, _design.HeadSize, null);
        (k, v) = context.Cache?.Append(_number, k, v) ?? (k, v);
        var mask = context.Mask(_design.Window);
        var sinks = _design.HasSinks ? get_parameter(SinksName) : null; // not a field's: moved to another device or type, the module has another one
        return _output.Forward(sinks is null && _design.ScoreCap is null
            ? CausalAttention.Attend(q, k, v, mask, _design.Window, _design.Scale)
            : CausalAttention.AttendWith(q, k, v, mask, _design.Window, _design.Scale, _design.ScoreCap, sinks));
    }

    private (Tensor Q, Tensor K, Tensor V) Split(Tensor states)
    {
        if (_joined is null)
        {
            return (_query!.Forward(states), _key!.Forward(states), _value!.Forward(states));
        }

        long keyWidth = (long)_design.KeyValueHeads * _design.HeadSize;
        var parts = _joined.Forward(states).split([(long)_design.Heads * _design.HeadSize, keyWidth, keyWidth], -1);
        return (parts[0], parts[1], parts[2]);
    }

    /// <summary>The same on rows; null where rows do not have it.</summary>
    public AttentionRows? Rows()
    {
        if ((_joined ?? _query)?.Rows() is not { } query || _output.Rows() is not { } output)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var (key, value) = (_key?.Rows(), _value?.Rows());
        return _joined is null && (key is null || value is null) ? null : new AttentionRows(_design, _number)
        {
            Query = query,
            Key = key,
            Value = value,
            Output = output,
            QueryNorm = HeadNorms.Rows(_queryNorm, _design.HeadNorm?.Kind),
            KeyNorm = HeadNorms.Rows(_keyNorm, _design.HeadNorm?.Kind),
            Sinks = _design.HasSinks ? get_parameter(SinksName)!.detach().data<float>().ToArray() : null,
        };
    }
}

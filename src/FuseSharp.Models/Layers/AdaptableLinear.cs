using FuseSharp.Models.Decoding;
using FuseSharp.Models.Native;
using FuseSharp.Models.Rows;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>A linear map that an adapter may be laid beside, and whose own weight may be quantized.</summary>
public abstract class AdaptableLinear : nn.Module
{
    private LowRankAdapter? _adapter;
    private QuantizedWeight? _quantized;
    private WeightRows? _kept;

    /// <param name="name">For debugging.</param>
    protected AdaptableLinear(string name)
        : base(name)
    {
    }

    /// <summary>The adapter; null for none.</summary>
    public LowRankAdapter? Adapter => _adapter;

    /// <summary>Its weight as it is stored.</summary>
    private protected abstract Parameter Weight { get; }

    /// <summary>Whether the weight stands input by output.</summary>
    private protected abstract bool IsTransposed { get; }

    private protected abstract Parameter? Bias { get; }

    /// <summary>Width of what comes in and of what goes out.</summary>
    public (long Inputs, long Outputs) Size
        => _quantized is { } whole ? (whole.Shape[1], whole.Shape[0]) : (Weight.shape[IsTransposed ? 0 : 1], Weight.shape[IsTransposed ? 1 : 0]);

    /// <summary>Replaces the frozen weight by its NF4 form, output by input however it was stored, and frees it. Nothing where that has been done.</summary>
    public void Quantize()
    {
        if (_quantized is null)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            _quantized = new QuantizedWeight(IsTransposed ? Weight.t() : Weight);
            Weight.requires_grad = false;
            Weight.set_(empty([0], Weight.dtype, Weight.device));
        }
    }

    /// <summary>Bytes of a weight that is kept in the form in which it was stored; 0 for others.</summary>
    internal long KeptBytes => _kept?.Bytes ?? 0;

    /// <summary>Takes the weight in the form in which it is stored, and frees its own: the map can no longer learn, and its parameter has the shape alone, NaN for numbers.</summary>
    internal void Keep(WeightRows rows)
    {
        _kept = rows;
        KeptProduct.Empty(Weight);
    }

    /// <summary>The map on rows; null where it is more than a weight in float32 on the processor.</summary>
    internal RowMap? Rows()
    {
        using var scope = NewDisposeScope();
        var weight = _kept ?? (_adapter is null && _quantized is null && !IsTransposed && FloatRows.Fit(Weight) ? new FloatRows(Weight) : null);
        return weight is null ? null : new RowMap(weight, Bias?.detach().to(ScalarType.Float32).data<float>().ToArray());
    }

    /// <summary>Lays an adapter beside the frozen map.</summary>
    public void Adapt(LoraOptions options, long seed)
    {
        var (inputs, outputs) = Size;
        _adapter = new LowRankAdapter(inputs, outputs, options, seed, Weight.dtype, Weight.device);
        register_parameter("lora_A", _adapter.Down);
        register_parameter("lora_B", _adapter.Up);
    }

    /// <summary>Makes a weight of the map, its adapter and whatever was quantized.</summary>
    public void Merge()
    {
        if (_adapter is null && _quantized is null)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var type = Weight.dtype;
        var whole = _quantized?.Dequantize(ScalarType.Float32, Weight.device) ?? (IsTransposed ? Weight.t() : Weight).detach().to(ScalarType.Float32);
        if (_adapter is not null)
        {
            whole = whole.Plus(_adapter.Difference());
        }

        Weight.set_((IsTransposed ? whole.t() : whole).to(type).contiguous());
        _quantized = null;
        _adapter = null;
    }

    /// <param name="states">[…, inputs].</param>
    /// <returns>[…, outputs].</returns>
    public Tensor Forward(Tensor states)
    {
        if (_kept is not null)
        {
            return KeptProduct.Run(states, _kept, Bias);
        }

        if (_quantized is null && _adapter is null)
        {
            return nn.functional.linear(states, IsTransposed ? Weight.t() : Weight, Bias);
        }

        // Frees the parts of the sum: until the step's scope ends, each would take as much as the result.
        using var scope = NewDisposeScope();
        var result = _quantized is null ? nn.functional.linear(states, IsTransposed ? Weight.t() : Weight, Bias) : QuantizedLinear.Run(states, _quantized);
        if (_quantized is not null && Bias is not null)
        {
            result = result.Plus(Bias);
        }

        return (_adapter is null ? result : result.Plus(_adapter.Forward(states, training))).MoveToOuterDisposeScope();
    }
}

using FuseSharp.Torch.Adapters;
using FuseSharp.Torch.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

/// <summary>A linear map that an adapter may be laid beside, and whose own weight may be quantized.</summary>
internal abstract class AdaptableProjection : nn.Module
{
    private LowRankAdapter? _adapter;
    private QuantizedWeight? _quantized;

    /// <param name="name">For debugging.</param>
    protected AdaptableProjection(string name)
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
    public (long Inputs, long Outputs) Size => (Weight.shape[IsTransposed ? 0 : 1], Weight.shape[IsTransposed ? 1 : 0]);

    /// <summary>Lays an adapter beside the frozen map.</summary>
    public void Adapt(Core.Recipes.LoraOptions options, long seed, bool quantizes)
    {
        var (inputs, outputs) = Size;
        _adapter = new LowRankAdapter(inputs, outputs, options, seed, Weight.dtype, Weight.device);
        register_parameter("lora_A", _adapter.Down);
        register_parameter("lora_B", _adapter.Up);
        if (quantizes && !IsTransposed)
        {
            using var noGradient = no_grad();
            using var nothing = empty([0], Weight.dtype, Weight.device);
            _quantized = new QuantizedWeight(Weight);
            Weight.set_(nothing);
        }
    }

    /// <summary>Makes adapter and map one.</summary>
    public void Merge()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var difference = _adapter!.Difference();
        var whole = (_quantized?.Dequantize(ScalarType.Float32, Weight.device) ?? Weight.detach().to(ScalarType.Float32))
            .Plus(IsTransposed ? difference.t() : difference);
        Weight.set_(whole.to(_adapter.Up.dtype).contiguous());
        _quantized = null;
        _adapter = null;
    }

    /// <param name="states">[…, inputs].</param>
    /// <returns>[…, outputs].</returns>
    public Tensor Forward(Tensor states)
    {
        var result = _quantized is null ? nn.functional.linear(states, IsTransposed ? Weight.t() : Weight, Bias) : QuantizedLinear.Run(states, _quantized);
        if (_quantized is not null && Bias is not null)
        {
            result = result.Plus(Bias);
        }

        return _adapter is null ? result : result.Plus(_adapter.Forward(states, training));
    }
}

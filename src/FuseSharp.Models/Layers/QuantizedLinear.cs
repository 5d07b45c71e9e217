using FuseSharp.Models.Kernels;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>x·Wᵀ with a frozen quantized W, which exists in full only while a product runs, on the way back too.</summary>
internal sealed class QuantizedLinear : autograd.SingleTensorFunction<QuantizedLinear>
{
    private const string WeightKey = "weight";

    /// <inheritdoc/>
    public override string Name => nameof(QuantizedLinear);

    /// <summary>[…, inputs] → […, outputs].</summary>
    public static Tensor Run(Tensor states, QuantizedWeight weight) => apply([states, weight]);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var states = (Tensor)vars[0];
        ctx.save_data(WeightKey, vars[1]);
        return states.matmul(((QuantizedWeight)vars[1]).Lend(states.dtype, states.device).t()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var given = grad_output;
        return ReturnedGradients.From(given.matmul(((QuantizedWeight)ctx.get_data(WeightKey)).Lend(given.dtype, given.device)), null);
    }
}

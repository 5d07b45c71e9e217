using static TorchSharp.torch;

namespace FuseSharp.Models.Kernels;

/// <summary><see cref="GatedActivationKernel"/> with its gradient.</summary>
internal sealed class GatedActivationFunction : autograd.SingleTensorFunction<GatedActivationFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(GatedActivationFunction);

    /// <summary>silu(gate) · up, of one shape.</summary>
    public static Tensor Run(Tensor gate, Tensor up) => apply([gate.contiguous(), up.contiguous()]);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var gate = (Tensor)vars[0];
        var up = (Tensor)vars[1];
        ctx.save_for_backward([gate, up]);
        return GatedActivationKernel.Forward(gate, up);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var given = grad_output;
        var saved = ctx.get_saved_variables();
        var (gate, up) = GatedActivationKernel.Backward(saved[0], saved[1], given.contiguous());
        return ReturnedGradients.From(gate, up);
    }
}

using static TorchSharp.torch;

namespace FuseSharp.Models.Kernels;

/// <summary><see cref="RmsNormKernel"/> with its gradient.</summary>
internal sealed class RmsNormFunction : autograd.SingleTensorFunction<RmsNormFunction>
{
    private const string EpsilonKey = "epsilon";

    /// <inheritdoc/>
    public override string Name => nameof(RmsNormFunction);

    /// <summary>Norms states.</summary>
    public static Tensor Run(Tensor states, Tensor weight, double epsilon) => apply([states.contiguous(), weight, epsilon]);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var states = (Tensor)vars[0];
        var weight = (Tensor)vars[1];
        ctx.save_for_backward([states, weight]);
        ctx.save_data(EpsilonKey, vars[2]);
        return RmsNormKernel.Forward(states, weight, (double)vars[2]);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var given = grad_output;
        var saved = ctx.get_saved_variables();
        var (states, weight) = RmsNormKernel.Backward(saved[0], saved[1], given.contiguous(), (double)ctx.get_data(EpsilonKey));
        return ReturnedGradients.From(states, weight, null);
    }
}

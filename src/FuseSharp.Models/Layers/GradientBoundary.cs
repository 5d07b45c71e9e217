using FuseSharp.Models.Kernels;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>States as they are, and a word on the way back: what comes behind them has its gradients.</summary>
/// <remarks>The engine adds a parameter's gradient to it as soon as it has one, and comes to these states only when all that was made of them is done.</remarks>
internal sealed class GradientBoundary : autograd.SingleTensorFunction<GradientBoundary>
{
    private const string PassedKey = "passed";

    /// <inheritdoc/>
    public override string Name => nameof(GradientBoundary);

    /// <summary>Marks a place between two blocks.</summary>
    /// <param name="states">Of any shape.</param>
    /// <param name="passed">Called on the way back; must not throw, for the engine lies between it and its caller.</param>
    public static Tensor Run(Tensor states, Action passed) => apply([states, passed]);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var states = (Tensor)vars[0];
        ctx.save_data(PassedKey, vars[1]);
        return states.view(states.shape);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var given = grad_output;
        ((Action)ctx.get_data(PassedKey))();
        return ReturnedGradients.From(given.alias(), null);
    }
}

using static TorchSharp.torch;

namespace FuseSharp.Models.Kernels;

/// <summary><see cref="RotaryHeadsKernel"/> with its gradient.</summary>
internal sealed class HeadsFunction : autograd.SingleTensorFunction<HeadsFunction>
{
    private const string AnglesKey = "angles";

    /// <inheritdoc/>
    public override string Name => nameof(HeadsFunction);

    /// <summary>[batch, tokens, heads · size] → [batch, heads, tokens, size], turned.</summary>
    /// <param name="projected">States.</param>
    /// <param name="size">Of a head.</param>
    /// <param name="angles">[tokens, turning size] each; they must live until the backward pass. Null for heads that do not turn.</param>
    public static Tensor Run(Tensor projected, long size, (Tensor Cos, Tensor Sin)? angles) => apply([projected.contiguous(), size, new Turning(angles)]);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(AnglesKey, vars[2]);
        return RotaryHeadsKernel.Split((Tensor)vars[0], (long)vars[1], ((Turning)vars[2]).Angles);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var given = grad_output;
        return ReturnedGradients.From(RotaryHeadsKernel.Join(given.contiguous(), ((Turning)ctx.get_data(AnglesKey)).Angles), null, null);
    }

    // A box: the engine takes no null among its arguments.
    private sealed record Turning((Tensor Cos, Tensor Sin)? Angles);
}

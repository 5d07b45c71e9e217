using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

/// <summary>Runs a block without keeping what happens inside, and runs it a second time when its gradient is asked for (Chen et al. 2016).</summary>
/// <remarks>Memory for activations falls from all blocks' to one block's and the states between blocks; a step costs one more forward pass. The second run
/// does the same operations on the same numbers, so gradients are the same bits.</remarks>
internal sealed class GradientCheckpoint : autograd.SingleTensorFunction<GradientCheckpoint>
{
    private const string BlockKey = "block";
    private const string ParametersKey = "parameters";

    /// <inheritdoc/>
    public override string Name => nameof(GradientCheckpoint);

    /// <summary>Runs a block.</summary>
    /// <param name="block">States to states, [batch, tokens, hidden] both. Tensors that it captures must live until the backward pass.</param>
    /// <param name="parameters">All that it uses.</param>
    /// <param name="states">What goes in.</param>
    public static Tensor Run(Func<Tensor, Tensor> block, IEnumerable<Parameter> parameters, Tensor states)
    {
        // Parameters that are inputs of the function make its output require a gradient even where the states do not.
        Parameter[] trained = [.. parameters.Where(p => p.requires_grad)];
        return apply([states, block, trained, .. trained]);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var states = (Tensor)vars[0];
        var block = (Func<Tensor, Tensor>)vars[1];
        ctx.save_for_backward([states]);
        ctx.save_data(BlockKey, block);
        ctx.save_data(ParametersKey, vars[2]);
        using var scope = NewDisposeScope();
        return block(states).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var withGradient = enable_grad();
        var saved = ctx.get_saved_variables()[0];
        var parameters = (Parameter[])ctx.get_data(ParametersKey);
        bool isTrained = saved.requires_grad;
        var states = saved.detach().requires_grad_(isTrained);
        var output = ((Func<Tensor, Tensor>)ctx.get_data(BlockKey))(states);
        Tensor[] inputs = isTrained ? [states, .. parameters] : [.. parameters];
        var gradients = autograd.grad([output], inputs, [grad_output], retain_graph: false, create_graph: false, allow_unused: true);
        var result = new List<Tensor>(3 + parameters.Length) { isTrained ? Kept(gradients[0]) : null!, null!, null! };
        result.AddRange(gradients.Skip(isTrained ? 1 : 0).Select(Kept));
        return result;
    }

    private static Tensor Kept(Tensor gradient) => gradient is null || gradient.IsInvalid ? null! : gradient.MoveToOuterDisposeScope();
}

using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>Runs a block without keeping what happens inside, and runs it a second time when its gradient is asked for (Chen et al. 2016).</summary>
/// <remarks>Memory for activations falls from all blocks' to one block's and the states between blocks; a step costs one more forward pass. The second run
/// does the same operations on the same numbers, so gradients are the same bits. Only for <c>backward()</c>: gradients of parameters are added to
/// <c>Parameter.grad</c> directly, and <c>autograd.grad</c> does not see them.</remarks>
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

        // Adds to the parameters' own gradients at once: returned ones would all live, beside these, until the caller's scope ends.
        Tensor[] inputs = isTrained ? [states, .. parameters] : [.. parameters];
        autograd.backward([output], [grad_output], retain_graph: false, create_graph: false, inputs: inputs);
        return [isTrained ? states.grad!.MoveToOuterDisposeScope() : null!, .. Enumerable.Repeat<Tensor>(null!, 2 + parameters.Length)];
    }
}

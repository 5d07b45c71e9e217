using FuseSharp.Models.Configuration;
using FuseSharp.Models.Decoding;
using FuseSharp.Models.Kernels;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Native;
using FuseSharp.Models.Rows;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>A decoder that predicts the next token. Names of its parameters are the checkpoint's.</summary>
public abstract class CausalModel : nn.Module
{
    /// <summary>A model of some shape.</summary>
    protected CausalModel(string name, ModelConfig config)
        : base(name)
    {
        Config = config;
    }

    /// <summary>Its shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>Whether training keeps only the states between blocks and computes what is inside a block a second time for its gradient.</summary>
    /// <remarks>Off: faster. On: long texts and large models train in a fraction of the memory, a step costs about a third more. Gradients are the same.</remarks>
    public bool UsesGradientCheckpointing { get; set; }

    /// <summary>Adapters beside its frozen maps; null where all of it may learn.</summary>
    public LowRankAdapters? Adapters { get; set; }

    /// <summary>Its blocks, in the order in which states pass through them.</summary>
    public abstract IReadOnlyList<nn.Module> Blocks { get; }

    /// <summary>Called in backward passes with each block that they are through: its gradients, and those of all behind it, are final. Null to call nobody.</summary>
    /// <remarks>Looked at as the forward pass begins. Must not throw. Where nothing before a block learns, nobody is called for it.</remarks>
    public Action<nn.Module>? GradientsAreThere { get; set; }

    /// <summary>[vocabulary, hidden]: the head; the embedding itself where both are tied.</summary>
    public abstract Tensor OutputWeight { get; }

    /// <summary>Runs the network up to the final norm.</summary>
    /// <param name="ids">[batch, tokens] int64. Padding may stand behind a sequence: causal attention hides it.</param>
    /// <param name="cache">Keys and values of the tokens before; gets those of <paramref name="ids"/>.</param>
    /// <returns>[batch, tokens, hidden].</returns>
    public abstract Tensor HiddenStates(Tensor ids, KeyValueCache? cache = null);

    /// <summary>Sequences of different classes must not share a batch: the longest would decide what the model says of the others.</summary>
    /// <param name="tokens">Length of a sequence.</param>
    public virtual long LengthClass(long tokens) => 0;

    /// <summary>Whether a text that grows past the trained length is read anew with other angles, for which each text must be remembered.</summary>
    internal virtual bool RereadsLongTexts => false;

    /// <summary>[batch, tokens, vocabulary]: what each position says of the next token.</summary>
    public Tensor Logits(Tensor ids, KeyValueCache? cache = null) => LogitsOf(HiddenStates(ids, cache));

    /// <summary>What final states say of the next token: the head's product with them, capped where the family caps it.</summary>
    /// <param name="states">[…, hidden], from <see cref="HiddenStates"/>.</param>
    /// <returns>[…, vocabulary].</returns>
    public Tensor LogitsOf(Tensor states) => HeadOf(states) is var logits && LogitCap is { } cap ? SoftCap.Run(logits, cap) : logits;

    private protected virtual Tensor HeadOf(Tensor states) => states.matmul(OutputWeight.t());

    /// <summary>What takes a matrix of the network as a file stores it, by the parameter's name; none where the network cannot work so.</summary>
    internal virtual IReadOnlyDictionary<string, Action<WeightRows>> Keepers() => new Dictionary<string, Action<WeightRows>>();

    /// <summary>Whether a matrix was taken so.</summary>
    internal bool HasKept => KeptBytes > 0;

    /// <summary>Bytes of the matrices that were taken so.</summary>
    internal virtual long KeptBytes => 0;

    /// <summary>What reads a token of each of some texts without libtorch, with the weights as they are now.</summary>
    /// <returns>Null where the network is of another kind, elsewhere than on the processor, in another type than float32, or has adapters beside its maps: then libtorch does the same.</returns>
    internal DecodeStep? FindStep() => KernelRows.AreOff ? null : MakeStep();

    private protected virtual DecodeStep? MakeStep() => null;

    /// <summary>Logits become cap · tanh(logit / cap); null for none.</summary>
    public virtual double? LogitCap => null;

    /// <summary>What norms begin with where a model is made without weights.</summary>
    internal virtual double FirstWeightOfNorms => 1;

    /// <summary>The parameter that a checkpoint's tensor belongs to.</summary>
    /// <param name="stored">Name in the checkpoint.</param>
    /// <returns>Name of a parameter, or null for tensors that are no weights: angles, masks, a tied head stored a second time.</returns>
    internal virtual string? ParameterOf(string stored)
        => stored.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) || stored.EndsWith(".position_ids", StringComparison.Ordinal)
            || stored.StartsWith("v_head.", StringComparison.Ordinal) || stored.StartsWith("score.", StringComparison.Ordinal) // heads of TRL and of classifiers, which transformers leaves out too
            || (IsTied && stored == "lm_head.weight") ? null : stored;

    /// <summary>Whether the head is the embedding.</summary>
    public abstract bool IsTied { get; }

    /// <summary>Runs a block the way <see cref="UsesGradientCheckpointing"/> says.</summary>
    /// <param name="block">The block, whose parameters are all that <paramref name="run"/> uses.</param>
    /// <param name="run">States to states, [batch, tokens, hidden] both.</param>
    /// <param name="states">What goes in.</param>
    /// <param name="cache">Where there is one the block runs once: a second run would append a second time.</param>
    private protected Tensor RunBlock(nn.Module block, Func<Tensor, Tensor> run, Tensor states, KeyValueCache? cache)
    {
        SignalRoom.Widen(); // a thread runs a block before it multiplies anything else
        if (cache is not null)
        {
            return run(states);
        }

        // What the gradient needs, the engine keeps; the rest goes as the block ends instead of living until the caller's scope does.
        using var scope = NewDisposeScope();
        if (GradientsAreThere is { } there && states.requires_grad)
        {
            states = GradientBoundary.Run(states, () => there(block));
        }

        var result = UsesGradientCheckpointing && is_grad_enabled() ? GradientCheckpoint.Run(run, block.parameters(), states) : run(states);
        return result.MoveToOuterDisposeScope();
    }
}

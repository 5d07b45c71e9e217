using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

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

    /// <summary>[vocabulary, hidden]: the head; the embedding itself where both are tied.</summary>
    public abstract Tensor OutputWeight { get; }

    /// <summary>Runs the network up to the final norm.</summary>
    /// <param name="ids">[batch, tokens] int64. Padding may stand behind a sequence: causal attention hides it.</param>
    /// <param name="cache">Keys and values of the tokens before; gets those of <paramref name="ids"/>.</param>
    /// <returns>[batch, tokens, hidden].</returns>
    public abstract Tensor HiddenStates(Tensor ids, KeyValueCache? cache = null);

    /// <summary>[batch, tokens, vocabulary]: what each position says of the next token.</summary>
    public Tensor Logits(Tensor ids, KeyValueCache? cache = null) => HiddenStates(ids, cache).matmul(OutputWeight.t());
}

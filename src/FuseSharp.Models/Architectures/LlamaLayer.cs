using FuseSharp.Models.Configuration;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>A block of the Llama line: attention, then a feed-forward part or experts, each behind a norm and added to the states.</summary>
internal sealed class LlamaLayer : nn.Module
{
    private readonly RmsNorm input_layernorm;
    private readonly LlamaAttention self_attn;
    private readonly RmsNorm post_attention_layernorm;
    private readonly GatedFeedForward? mlp;
    private readonly MixtureOfExperts? block_sparse_moe;

    public LlamaLayer(ModelConfig config, LlamaShape shape, int number, ScalarType type)
        : base("layer")
    {
        var activation = new GatedActivation(config);
        input_layernorm = new RmsNorm(shape.Hidden, shape.Epsilon, type);
        self_attn = new LlamaAttention(shape, number, type);
        post_attention_layernorm = new RmsNorm(shape.Hidden, shape.Epsilon, type);
        mlp = shape.Experts == 0 ? new GatedFeedForward(shape, activation, type) : null;
        block_sparse_moe = shape.Experts == 0 ? null : new MixtureOfExperts(shape, activation, type);
        RegisterComponents();
    }

    /// <param name="states">[batch, tokens, hidden].</param>
    /// <param name="context">Shared by the blocks.</param>
    public Tensor Forward(Tensor states, RotaryContext context)
    {
        states = states.Plus(self_attn.Forward(input_layernorm.Forward(states), context));
        var normed = post_attention_layernorm.Forward(states);
        return states.Plus(mlp?.Forward(normed) ?? block_sparse_moe!.Forward(normed));
    }

    private sealed class GatedFeedForward : nn.Module
    {
        private readonly Projection gate_proj;
        private readonly Projection up_proj;
        private readonly Projection down_proj;
        private readonly GatedActivation _activation;

        public GatedFeedForward(LlamaShape shape, GatedActivation activation, ScalarType type)
            : base("mlp")
        {
            gate_proj = new Projection(shape.Hidden, shape.Inner, shape.HasMlpBias, type);
            up_proj = new Projection(shape.Hidden, shape.Inner, shape.HasMlpBias, type);
            down_proj = new Projection(shape.Inner, shape.Hidden, shape.HasMlpBias, type);
            _activation = activation;
            RegisterComponents();
        }

        public Tensor Forward(Tensor states) => down_proj.Forward(_activation.Forward(gate_proj.Forward(states), up_proj.Forward(states)));
    }
}

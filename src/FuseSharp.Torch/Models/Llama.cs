using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

/// <summary>Llama: rotary positions, RMS norms, SwiGLU, grouped-query attention.</summary>
internal sealed class Llama : CausalModel
{
    private readonly LlamaDecoder model;
    private readonly Linear? lm_head;

    public Llama(ModelConfig config)
        : base("llama", config)
    {
        if (config.Json["rope_scaling"] is not null)
        {
            throw config.Fault("asks for rope_scaling, which this version does not compute");
        }

        model = new LlamaDecoder(config);
        lm_head = config.Flag("tie_word_embeddings", false) ? null : nn.Linear(config.Number("hidden_size"), config.VocabularySize, hasBias: false);
        RegisterComponents();
    }

    public override Tensor OutputWeight => lm_head?.weight ?? model.embed_tokens.weight!;

    public override Tensor HiddenStates(Tensor ids, KeyValueCache? cache = null) => model.Forward(ids, cache);

    private sealed class LlamaDecoder : nn.Module
    {
        public readonly Embedding embed_tokens;
        private readonly ModuleList<LlamaLayer> layers;
        private readonly RmsNorm norm;
        private readonly double _theta;
        private readonly long _headSize;

        public LlamaDecoder(ModelConfig config)
            : base("model")
        {
            int hidden = config.Number("hidden_size");
            embed_tokens = nn.Embedding(config.VocabularySize, hidden);
            layers = nn.ModuleList(Enumerable.Range(0, config.Number("num_hidden_layers")).Select(i => new LlamaLayer(config, i)).ToArray());
            norm = new RmsNorm(hidden, config.Real("rms_norm_eps", 1e-6));
            _theta = config.Real("rope_theta", 10000);
            _headSize = config.Number("head_dim", hidden / config.Number("num_attention_heads"));
            RegisterComponents();
        }

        public Tensor Forward(Tensor ids, KeyValueCache? cache)
        {
            var states = embed_tokens.forward(ids);
            var (cos, sin) = Rotations(cache?.Length ?? 0, ids.shape[1], states);
            foreach (var layer in layers)
            {
                states = layer.Forward(states, cos, sin, cache);
            }

            cache?.Advance(ids.shape[1]);
            return norm.Forward(states);
        }

        // Angles in float32 whatever the working type, as Hugging Face does: bfloat16 positions beyond 256 would coincide.
        private (Tensor Cos, Tensor Sin) Rotations(long start, long tokens, Tensor like)
        {
            using var noGradient = no_grad();
            var frequencies = pow(_theta, arange(0, _headSize, 2, ScalarType.Float32, like.device).div(_headSize)).reciprocal();
            var angles = outer(arange(start, start + tokens, ScalarType.Float32, like.device), frequencies);
            var both = cat([angles, angles], 1); // [tokens, head size]
            return (both.cos().to(like.dtype), both.sin().to(like.dtype));
        }
    }

    private sealed class LlamaLayer : nn.Module
    {
        private readonly RmsNorm input_layernorm;
        private readonly LlamaAttention self_attn;
        private readonly RmsNorm post_attention_layernorm;
        private readonly LlamaMlp mlp;

        public LlamaLayer(ModelConfig config, int number)
            : base("layer")
        {
            int hidden = config.Number("hidden_size");
            double epsilon = config.Real("rms_norm_eps", 1e-6);
            input_layernorm = new RmsNorm(hidden, epsilon);
            self_attn = new LlamaAttention(config, number);
            post_attention_layernorm = new RmsNorm(hidden, epsilon);
            mlp = new LlamaMlp(config);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states, Tensor cos, Tensor sin, KeyValueCache? cache)
        {
            states = states + self_attn.Forward(input_layernorm.Forward(states), cos, sin, cache);
            return states + mlp.Forward(post_attention_layernorm.Forward(states));
        }
    }

    private sealed class LlamaAttention : nn.Module
    {
        private readonly Linear q_proj;
        private readonly Linear k_proj;
        private readonly Linear v_proj;
        private readonly Linear o_proj;
        private readonly long _headSize;
        private readonly long _groups;
        private readonly int _number;

        public LlamaAttention(ModelConfig config, int number)
            : base("attention")
        {
            int hidden = config.Number("hidden_size");
            int heads = config.Number("num_attention_heads");
            int sharedHeads = config.Number("num_key_value_heads", heads);
            bool bias = config.Flag("attention_bias", false);
            _headSize = config.Number("head_dim", hidden / heads);
            _groups = heads % sharedHeads == 0 ? heads / sharedHeads : throw config.Fault("has num_attention_heads that num_key_value_heads does not divide");
            _number = number;
            q_proj = nn.Linear(hidden, heads * _headSize, bias);
            k_proj = nn.Linear(hidden, sharedHeads * _headSize, bias);
            v_proj = nn.Linear(hidden, sharedHeads * _headSize, bias);
            o_proj = nn.Linear(heads * _headSize, hidden, bias);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states, Tensor cos, Tensor sin, KeyValueCache? cache)
        {
            var q = Rotate(Heads(q_proj.forward(states)), cos, sin);
            var k = Rotate(Heads(k_proj.forward(states)), cos, sin);
            var v = Heads(v_proj.forward(states));
            if (cache is not null)
            {
                (k, v) = cache.Append(_number, k, v);
            }

            if (_groups > 1)
            {
                k = k.repeat_interleave(_groups, 1);
                v = v.repeat_interleave(_groups, 1);
            }

            var mixed = CausalAttention.Mix(q, k, v, null, null);
            return o_proj.forward(mixed.transpose(1, 2).flatten(2));
        }

        // [batch, tokens, heads · size] -> [batch, heads, tokens, size]
        private Tensor Heads(Tensor projected) => projected.unflatten(2, [-1, _headSize]).transpose(1, 2);

        private static Tensor Rotate(Tensor heads, Tensor cos, Tensor sin)
        {
            var halves = heads.chunk(2, -1);
            return (heads * cos) + (cat([-halves[1], halves[0]], -1) * sin);
        }
    }

    private sealed class LlamaMlp : nn.Module
    {
        private readonly Linear gate_proj;
        private readonly Linear up_proj;
        private readonly Linear down_proj;

        public LlamaMlp(ModelConfig config)
            : base("mlp")
        {
            int hidden = config.Number("hidden_size");
            int inner = config.Number("intermediate_size");
            bool bias = config.Flag("mlp_bias", false);
            gate_proj = nn.Linear(hidden, inner, bias);
            up_proj = nn.Linear(hidden, inner, bias);
            down_proj = nn.Linear(inner, hidden, bias);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states)
            => down_proj.forward(nn.functional.silu(gate_proj.forward(states)) * up_proj.forward(states));
    }
}

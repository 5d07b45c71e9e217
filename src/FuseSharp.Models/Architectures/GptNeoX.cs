using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>GPT-NeoX (Pythia): rotary positions on a part of each head, layer norms, one projection for query, key and value, attention and feed-forward part side by side.</summary>
internal sealed class GptNeoX : CausalModel
{
    private readonly NeoXDecoder gpt_neox;
    private readonly Projection? embed_out;
    private readonly RotaryPositions _positions;

    /// <param name="config">Its shape.</param>
    /// <param name="type">Working type.</param>
    public GptNeoX(ModelConfig config, ScalarType type)
        : base("gpt_neox", config)
    {
        int hidden = config.Number("hidden_size");
        int heads = config.Number("num_attention_heads");
        int headSize = hidden % heads == 0 ? hidden / heads : throw config.Error("has a hidden_size that num_attention_heads does not divide");
        _positions = PositionsOf(config, headSize);
        gpt_neox = new NeoXDecoder(config, _positions, headSize, type);
        embed_out = config.IsTied ? null : new Projection(hidden, config.VocabularySize, false, type);
        RegisterComponents();
    }

    /// <summary>The positions of its heads.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="headSize">Width of a head.</param>
    internal static RotaryPositions PositionsOf(ModelConfig config, int headSize)
        => RotarySettings.Read(config, headSize, new(config.Real("rotary_emb_base", 10000)) { Share = config.Real("rotary_pct", 0.25) });

    public override IReadOnlyList<nn.Module> Blocks => [.. gpt_neox.layers];

    public override Tensor OutputWeight => embed_out?.weight ?? gpt_neox.embed_in.weight;

    public override bool IsTied => embed_out is null;

    public override long LengthClass(long tokens) => _positions.LengthClass(tokens);

    public override Tensor HiddenStates(Tensor ids, KeyValueCache? cache = null)
    {
        var states = gpt_neox.embed_in.Forward(ids);
        long tokens = ids.shape[1];
        var context = new RotaryContext(tokens, cache, states);
        context.Prepare(_positions, null);
        foreach (var layer in gpt_neox.layers)
        {
            states = RunBlock(layer, s => layer.Forward(s, context), states, cache);
        }

        cache?.Advance(tokens);
        return gpt_neox.final_layer_norm.Forward(states);
    }

    // Older checkpoints also store the causal mask and the rotary frequencies.
    internal override string? ParameterOf(string stored)
        => stored.EndsWith(".attention.bias", StringComparison.Ordinal) || stored.EndsWith(".attention.masked_bias", StringComparison.Ordinal)
            || (IsTied && stored == "embed_out.weight") ? null : base.ParameterOf(stored);

    private sealed class NeoXDecoder : nn.Module
    {
        public readonly TokenEmbedding embed_in;
        public readonly ModuleList<NeoXLayer> layers;
        public readonly LayerNormalization final_layer_norm;

        public NeoXDecoder(ModelConfig config, RotaryPositions positions, int headSize, ScalarType type)
            : base("gpt_neox")
        {
            int hidden = config.Number("hidden_size");
            embed_in = new TokenEmbedding(config.VocabularySize, hidden, type);
            layers = nn.ModuleList([.. Enumerable.Range(0, config.LayerCount("num_hidden_layers")).Select(i => new NeoXLayer(config, positions, headSize, i, type))]);
            final_layer_norm = new LayerNormalization(hidden, config.Real("layer_norm_eps", 1e-5), true, type);
            RegisterComponents();
        }
    }

    private sealed class NeoXLayer : nn.Module
    {
        private readonly LayerNormalization input_layernorm;
        private readonly NeoXAttention attention;
        private readonly LayerNormalization post_attention_layernorm;
        private readonly NeoXFeedForward mlp;
        private readonly bool _isParallel;

        public NeoXLayer(ModelConfig config, RotaryPositions positions, int headSize, int number, ScalarType type)
            : base("layer")
        {
            int hidden = config.Number("hidden_size");
            double epsilon = config.Real("layer_norm_eps", 1e-5);
            _isParallel = config.Flag("use_parallel_residual", true);
            input_layernorm = new LayerNormalization(hidden, epsilon, true, type);
            attention = new NeoXAttention(config, positions, headSize, number, type);
            post_attention_layernorm = new LayerNormalization(hidden, epsilon, true, type);
            mlp = new NeoXFeedForward(config, type);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states, RotaryContext context)
        {
            var attended = states.Plus(attention.Forward(input_layernorm.Forward(states), context));
            return attended.Plus(mlp.Forward(post_attention_layernorm.Forward(_isParallel ? states : attended)));
        }
    }

    private sealed class NeoXAttention : nn.Module
    {
        private readonly Projection query_key_value;
        private readonly Projection dense;
        private readonly RotaryPositions _positions;
        private readonly long _headSize;
        private readonly int _number;

        public NeoXAttention(ModelConfig config, RotaryPositions positions, int headSize, int number, ScalarType type)
            : base("attention")
        {
            int hidden = config.Number("hidden_size");
            bool hasBias = config.Flag("attention_bias", true);
            query_key_value = new Projection(hidden, 3L * hidden, hasBias, type);
            dense = new Projection(hidden, hidden, hasBias, type);
            _positions = positions;
            _headSize = headSize;
            _number = number;
            RegisterComponents();
        }

        public Tensor Forward(Tensor states, RotaryContext context)
        {
            // [batch, tokens, heads · 3 · size]: query, key and value lie together for each head.
            var parts = query_key_value.Forward(states).unflatten(2, [-1, 3 * _headSize]).transpose(1, 2).chunk(3, -1);
            var q = RotaryPositions.Turn(parts[0], context.Angles(_positions)!.Value);
            var k = RotaryPositions.Turn(parts[1], context.Angles(_positions)!.Value);
            (k, var v) = context.Cache?.Append(_number, k, parts[2]) ?? (k, parts[2]);
            return dense.Forward(CausalAttention.Attend(q, k, v, context.Mask(null)));
        }
    }

    private sealed class NeoXFeedForward : nn.Module
    {
        private readonly Projection dense_h_to_4h;
        private readonly Projection dense_4h_to_h;
        private readonly Func<Tensor, Tensor> _activation;

        public NeoXFeedForward(ModelConfig config, ScalarType type)
            : base("mlp")
        {
            int hidden = config.Number("hidden_size");
            int inner = config.Number("intermediate_size");
            _activation = Activation.Create(ActivationNames.Read(config, "hidden_act", "gelu"));
            dense_h_to_4h = new Projection(hidden, inner, true, type);
            dense_4h_to_h = new Projection(inner, hidden, true, type);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states) => dense_4h_to_h.Forward(_activation(dense_h_to_4h.Forward(states)));
    }
}

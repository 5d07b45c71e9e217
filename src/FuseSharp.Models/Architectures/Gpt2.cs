using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>GPT-2: learned positions, layer norms with biases, weights stored input by output, tied head.</summary>
internal sealed class Gpt2 : CausalModel
{
    private const string Prefix = "transformer.";

    private readonly Gpt2Decoder transformer;
    private readonly Projection? lm_head;

    /// <param name="config">Its shape.</param>
    /// <param name="type">Working type.</param>
    public Gpt2(ModelConfig config, ScalarType type)
        : base("gpt2", config)
    {
        transformer = new Gpt2Decoder(config, type);
        lm_head = config.IsTied ? null : new Projection(config.Number("n_embd"), config.VocabularySize, false, type);
        RegisterComponents();
    }

    public override IReadOnlyList<nn.Module> Blocks => [.. transformer.h];

    public override Tensor OutputWeight => lm_head?.weight ?? transformer.wte.weight;

    public override bool IsTied => lm_head is null;

    /// <exception cref="ArgumentException">The text is longer than the positions that the model learned.</exception>
    public override Tensor HiddenStates(Tensor ids, KeyValueCache? cache = null)
    {
        long tokens = ids.shape[1];
        long start = cache?.Length ?? 0;
        if (start + tokens > Config.ContextLength)
        {
            throw new ArgumentException(FormattableString.Invariant($"{start + tokens} tokens are more than the {Config.ContextLength} positions of this model."), nameof(ids));
        }

        var positions = TensorSums.Range(start, start + tokens, ScalarType.Int64, ids.device);
        if (cache?.Padding is { } padding)
        {
            positions = positions - tensor(padding, [padding.Length, 1]).GoTo(ids.device);
        }

        var states = transformer.wte.Forward(ids).Plus(transformer.wpe.Forward(positions));
        var mask = CausalAttention.MaskOf(tokens, cache, null, states);
        foreach (var block in transformer.h)
        {
            states = RunBlock(block, s => block.Forward(s, mask, cache), states, cache);
        }

        cache?.Advance(tokens);
        return transformer.ln_f.Forward(states);
    }

    // The first published checkpoints lack the prefix and store the causal mask.
    internal override string? ParameterOf(string stored)
        => stored.EndsWith(".attn.bias", StringComparison.Ordinal) || stored.EndsWith(".attn.masked_bias", StringComparison.Ordinal) ? null
            : stored.StartsWith(Prefix, StringComparison.Ordinal) || stored.StartsWith("lm_head.", StringComparison.Ordinal) ? base.ParameterOf(stored)
            : Prefix + stored;

    private sealed class Gpt2Decoder : nn.Module
    {
        public readonly TokenEmbedding wte;
        public readonly TokenEmbedding wpe;
        public readonly ModuleList<Gpt2Block> h;
        public readonly LayerNormalization ln_f;

        public Gpt2Decoder(ModelConfig config, ScalarType type)
            : base("transformer")
        {
            int hidden = config.Number("n_embd");
            wte = new TokenEmbedding(config.VocabularySize, hidden, type);
            wpe = new TokenEmbedding(config.ContextLength, hidden, type);
            h = nn.ModuleList([.. Enumerable.Range(0, config.LayerCount("n_layer")).Select(i => new Gpt2Block(config, i, type))]);
            ln_f = new LayerNormalization(hidden, config.Real("layer_norm_epsilon", 1e-5), true, type);
            RegisterComponents();
        }
    }

    private sealed class Gpt2Block : nn.Module
    {
        private readonly LayerNormalization ln_1;
        private readonly Gpt2Attention attn;
        private readonly LayerNormalization ln_2;
        private readonly Gpt2FeedForward mlp;

        public Gpt2Block(ModelConfig config, int number, ScalarType type)
            : base("block")
        {
            int hidden = config.Number("n_embd");
            double epsilon = config.Real("layer_norm_epsilon", 1e-5);
            ln_1 = new LayerNormalization(hidden, epsilon, true, type);
            attn = new Gpt2Attention(config, number, type);
            ln_2 = new LayerNormalization(hidden, epsilon, true, type);
            mlp = new Gpt2FeedForward(config, type);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states, Tensor? mask, KeyValueCache? cache)
        {
            states = states.Plus(attn.Forward(ln_1.Forward(states), mask, cache));
            return states.Plus(mlp.Forward(ln_2.Forward(states)));
        }
    }

    private sealed class Gpt2Attention : nn.Module
    {
        private readonly TransposedProjection c_attn;
        private readonly TransposedProjection c_proj;
        private readonly double _scale;
        private readonly long _headSize;
        private readonly int _number;

        public Gpt2Attention(ModelConfig config, int number, ScalarType type)
            : base("attention")
        {
            int hidden = config.Number("n_embd");
            int heads = config.Number("n_head");
            _headSize = hidden % heads == 0 ? hidden / heads : throw config.Error("has an n_embd that n_head does not divide");
            _number = number;
            _scale = (config.Flag("scale_attn_weights", true) ? 1 / Math.Sqrt(_headSize) : 1)
                / (config.Flag("scale_attn_by_inverse_layer_idx", false) ? number + 1 : 1);
            c_attn = new TransposedProjection(hidden, 3L * hidden, type);
            c_proj = new TransposedProjection(hidden, hidden, type);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states, Tensor? mask, KeyValueCache? cache)
        {
            Tensor[] parts = [.. c_attn.Forward(states).chunk(3, -1).Select(p => p.unflatten(2, [-1, _headSize]).transpose(1, 2))];
            var (k, v) = cache?.Append(_number, parts[1], parts[2]) ?? (parts[1], parts[2]);
            return c_proj.Forward(CausalAttention.Attend(parts[0], k, v, mask, scale: _scale));
        }
    }

    private sealed class Gpt2FeedForward : nn.Module
    {
        private readonly TransposedProjection c_fc;
        private readonly TransposedProjection c_proj;
        private readonly Func<Tensor, Tensor> _activation;

        public Gpt2FeedForward(ModelConfig config, ScalarType type)
            : base("mlp")
        {
            int hidden = config.Number("n_embd");
            int inner = config.Number("n_inner", 4 * hidden);
            _activation = Activation.Create(ActivationNames.Read(config, "activation_function", "gelu_new"));
            c_fc = new TransposedProjection(hidden, inner, type);
            c_proj = new TransposedProjection(inner, hidden, type);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states) => c_proj.Forward(_activation(c_fc.Forward(states)));
    }
}

using FuseSharp.Models.Configuration;
using FuseSharp.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>The Llama line: rotary positions, RMS norms, gated feed-forward parts, grouped-query attention. Mistral adds a sliding window, Mixtral experts,
/// Qwen2 biases; see <see cref="LlamaShape"/>.</summary>
internal sealed class Llama : CausalModel
{
    private readonly LlamaDecoder model;
    private readonly Projection? lm_head;
    private readonly LlamaShape _shape;
    private readonly RotaryPositions _positions;

    /// <param name="config">Its shape.</param>
    /// <param name="type">Working type.</param>
    public Llama(ModelConfig config, ScalarType type)
        : base("llama", config)
    {
        _shape = LlamaShape.FromConfig(config);
        _positions = _shape.PositionsOf(config);
        model = new LlamaDecoder(config, _shape, type);
        lm_head = config.Flag("tie_word_embeddings", false) ? null : new Projection(_shape.Hidden, config.VocabularySize, false, type);
        RegisterComponents();
    }

    public override Tensor OutputWeight => lm_head?.weight ?? model.embed_tokens.weight;

    internal override bool IsTied => lm_head is null;

    public override long LengthClass(long tokens) => _positions.LengthClass(tokens);

    public override Tensor HiddenStates(Tensor ids, KeyValueCache? cache = null)
    {
        var states = model.embed_tokens.Forward(ids);
        long tokens = ids.shape[1];
        var angles = _positions.Angles(cache?.Length ?? 0, cache?.Padding, tokens, states);
        var context = new RotaryContext(angles, CausalAttention.MaskOf(tokens, cache, null, states),
            _shape.Window is null ? null : CausalAttention.MaskOf(tokens, cache, _shape.Window, states), cache);
        foreach (var layer in model.layers)
        {
            states = RunBlock(layer, s => layer.Forward(s, context), states, cache);
        }

        cache?.Advance(tokens);
        return model.norm.Forward(states);
    }

    private sealed class LlamaDecoder : nn.Module
    {
        public readonly TokenEmbedding embed_tokens;
        public readonly ModuleList<LlamaLayer> layers;
        public readonly RmsNorm norm;

        public LlamaDecoder(ModelConfig config, LlamaShape shape, ScalarType type)
            : base("model")
        {
            embed_tokens = new TokenEmbedding(config.VocabularySize, shape.Hidden, type);
            layers = nn.ModuleList([.. Enumerable.Range(0, shape.Layers).Select(i => new LlamaLayer(config, shape, i, type))]);
            norm = new RmsNorm(shape.Hidden, shape.Epsilon, type);
            RegisterComponents();
        }
    }
}

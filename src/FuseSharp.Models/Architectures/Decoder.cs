using FuseSharp.Models.Configuration;
using FuseSharp.Models.Decoding;
using FuseSharp.Models.Families;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Native;
using FuseSharp.Models.Rows;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>The network of most families: an embedding, layers of attention and a feed-forward part, a norm, a head. What tells families apart is a <see cref="DecoderDesign"/>.</summary>
internal sealed class Decoder : CausalModel
{
    private readonly Stack model;
    private readonly Projection? lm_head;
    private readonly DecoderDesign _design;
    private readonly RotaryPositions[] _positions;

    /// <param name="config">Its shape.</param>
    /// <param name="design">Read from it.</param>
    /// <param name="type">Working type.</param>
    public Decoder(ModelConfig config, DecoderDesign design, ScalarType type)
        : base("decoder", config)
    {
        _design = design;
        _positions = [.. design.Layers.Select(l => l.Attention.Rotary).OfType<RotaryPositions>().Distinct()];
        model = new Stack(config.VocabularySize, design, type);
        lm_head = design.IsTied ? null : new Projection(design.Hidden, config.VocabularySize, false, type);
        RegisterComponents();
    }

    public override IReadOnlyList<nn.Module> Blocks => [.. model.layers];

    public override Tensor OutputWeight => lm_head?.weight ?? model.embed_tokens.weight;

    public override double? LogitCap => _design.LogitCap;

    public override bool IsTied => lm_head is null;

    internal override double FirstWeightOfNorms => _design.Norm.Kind == NormKind.OffsetRms ? 0 : 1;

    public override long LengthClass(long tokens) => _positions.Select(p => p.LengthClass(tokens)).DefaultIfEmpty(0).Max();

    internal override bool RereadsLongTexts => Array.Exists(_positions, p => p.RereadsLongTexts);

    public override Tensor HiddenStates(Tensor ids, KeyValueCache? cache = null)
    {
        if (cache is not null && RereadsLongTexts)
        {
            Reread(cache, ids);
        }

        return Read(ids, cache, null);
    }

    internal override long KeptBytes => (model.embed_tokens.Kept?.Bytes ?? 0) + modules().OfType<AdaptableLinear>().Sum(m => m.KeptBytes);

    internal override IReadOnlyDictionary<string, Action<WeightRows>> Keepers()
    {
        var keepers = new Dictionary<string, Action<WeightRows>>(StringComparer.Ordinal);
        foreach (var (name, module) in named_modules())
        {
            Action<WeightRows>? keep = module switch { Projection map => map.Keep, TokenEmbedding embedding => embedding.Keep, _ => null };
            if (keep is not null)
            {
                keepers[name + ".weight"] = keep;
            }
        }

        return keepers;
    }

    private protected override DecodeStep? MakeStep()
    {
        // Angles that depend on how long a text will have been are left to libtorch, which reads such a text anew.
        LayerRows?[] layers = RereadsLongTexts ? [null] : [.. model.layers.Select(l => l.Rows())];
        var embedding = model.embed_tokens.Rows();
        return embedding is null || HeadRows() is not { } head || Array.Exists(layers, l => l is null) ? null : new DecodeStep(_design, embedding, layers!, model.norm.Rows()!, head);
    }

    private protected override Tensor HeadOf(Tensor states)
        => lm_head is not null ? lm_head.Forward(states) : model.embed_tokens.Kept is { } kept ? KeptProduct.Run(states, kept, null) : base.HeadOf(states);

    private WeightRows? HeadRows() => lm_head is null ? model.embed_tokens.Rows() : lm_head.Rows()?.Weight;

    // The head has no scale of its own, and whoever multiplies states with it shall find it in them.
    private Tensor Read(Tensor ids, KeyValueCache? cache, long? length)
    {
        var states = model.embed_tokens.Forward(ids);
        states = _design.RoundsEmbeddingScale ? states * tensor(_design.EmbeddingScale, states.dtype) : Scaled(states, _design.EmbeddingScale);
        var context = new RotaryContext(ids.shape[1], cache, states, length);
        foreach (var layer in model.layers)
        {
            context.Prepare(layer.Design.Attention.Rotary, layer.Design.Attention.Window);
        }

        foreach (var layer in model.layers)
        {
            states = RunBlock(layer, s => layer.Forward(s, context), states, cache);
        }

        cache?.Advance(ids.shape[1]);
        return Scaled(model.norm.Forward(states), _design.LogitScale);
    }

    // Sequences whose angles change with these tokens: their keys and values are computed anew from their first token on, each by itself.
    private void Reread(KeyValueCache cache, Tensor ids)
    {
        using var scope = NewDisposeScope();
        var texts = cache.Remember(ids);
        long tokens = ids.shape[1];
        for (int row = 0; row < texts.Count; row++)
        {
            var text = texts[row];
            long before = text.Ids.Length - tokens;
            long wanted = LengthClass(text.Ids.Length);
            if (before > 0 && wanted != LengthClass(text.ReadAs))
            {
                using var anew = new KeyValueCache();
                Read(tensor(text.Ids[..(int)before], [1, before]).GoTo(ids.device), anew, text.Ids.Length);
                cache.Replace(row, anew);
            }

            text.ReadAs = text.Ids.Length;
        }
    }

    private static Tensor Scaled(Tensor states, double scale) => scale == 1 ? states : states.mul(RootedScalar.Of(scale));

    private sealed class Stack : nn.Module
    {
        public readonly TokenEmbedding embed_tokens;
        public readonly ModuleList<DecoderLayer> layers;
        public readonly Norm norm;

        public Stack(int vocabulary, DecoderDesign design, ScalarType type)
            : base("model")
        {
            embed_tokens = new TokenEmbedding(vocabulary, design.Hidden, type);
            layers = nn.ModuleList([.. design.Layers.Select((l, i) => new DecoderLayer(l, i, type))]);
            norm = Norm.Create(design.Norm, design.Hidden, type);
            RegisterComponents();
        }
    }
}

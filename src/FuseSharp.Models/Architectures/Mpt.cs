using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>MPT: ALiBi instead of positions, layer norms without bias, one projection for query, key and value, as a rule a tied head.</summary>
internal sealed class Mpt : CausalModel
{
    private readonly MptDecoder transformer;
    private readonly Projection? lm_head;
    private readonly float[] _slopes;

    /// <param name="config">Its shape.</param>
    /// <param name="type">Working type.</param>
    public Mpt(ModelConfig config, ScalarType type)
        : base("mpt", config)
    {
        var shape = MptShape.FromConfig(config);
        _slopes = AlibiBias.Slopes(shape.Heads, shape.LargestBias);
        transformer = new MptDecoder(config.VocabularySize, shape, type);
        lm_head = config.IsTied ? null : new Projection(shape.Hidden, config.VocabularySize, false, type);
        RegisterComponents();
    }

    public override IReadOnlyList<nn.Module> Blocks => [.. transformer.blocks];

    public override Tensor OutputWeight => lm_head?.weight ?? transformer.wte.weight;

    public override bool IsTied => lm_head is null;

    public override Tensor HiddenStates(Tensor ids, KeyValueCache? cache = null)
    {
        var states = transformer.wte.Forward(ids);
        long tokens = ids.shape[1];
        long start = cache?.Length ?? 0;
        long read = start + tokens;
        var bias = start == 0 ? null : CausalAttention.HidePadding(AlibiBias.Create(_slopes, tokens, read, states), cache, read, read, states);
        foreach (var block in transformer.blocks)
        {
            states = RunBlock(block, s => block.Forward(s, bias, cache), states, cache);
        }

        cache?.Advance(tokens);
        return transformer.norm_f.Forward(states);
    }

    private sealed class MptDecoder : nn.Module
    {
        public readonly TokenEmbedding wte;
        public readonly ModuleList<MptBlock> blocks;
        public readonly LayerNormalization norm_f;

        public MptDecoder(int vocabulary, MptShape shape, ScalarType type)
            : base("transformer")
        {
            wte = new TokenEmbedding(vocabulary, shape.Hidden, type);
            blocks = nn.ModuleList([.. Enumerable.Range(0, shape.Layers).Select(i => new MptBlock(shape, i, type))]);
            norm_f = new LayerNormalization(shape.Hidden, shape.Epsilon, false, type);
            RegisterComponents();
        }
    }

    private sealed class MptBlock : nn.Module
    {
        private readonly LayerNormalization norm_1;
        private readonly MptAttention attn;
        private readonly LayerNormalization norm_2;
        private readonly MptFeedForward ffn;

        public MptBlock(MptShape shape, int number, ScalarType type)
            : base("block")
        {
            norm_1 = new LayerNormalization(shape.Hidden, shape.Epsilon, false, type);
            attn = new MptAttention(shape, number, type);
            norm_2 = new LayerNormalization(shape.Hidden, shape.Epsilon, false, type);
            ffn = new MptFeedForward(shape, type);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states, Tensor? bias, KeyValueCache? cache)
        {
            states = states.Plus(attn.Forward(norm_1.Forward(states), bias, cache));
            return states.Plus(ffn.Forward(norm_2.Forward(states)));
        }
    }

    private sealed class MptAttention : nn.Module
    {
        private readonly Projection Wqkv;
        private readonly Projection out_proj;
        private readonly MptShape _shape;
        private readonly int _number;
        private readonly float[] _slopes;

        public MptAttention(MptShape shape, int number, ScalarType type)
            : base("attention")
        {
            _slopes = AlibiBias.Slopes(shape.Heads, shape.LargestBias);
            _shape = shape;
            _number = number;
            Wqkv = new Projection(shape.Hidden, 3L * shape.Hidden, false, type);
            out_proj = new Projection(shape.Hidden, shape.Hidden, false, type);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states, Tensor? bias, KeyValueCache? cache)
        {
            var projected = Wqkv.Forward(states);
            if (_shape.Clip is { } clip)
            {
                projected = projected.clamp(RootedScalar.Of(-clip), RootedScalar.Of(clip));
            }

            Tensor[] parts = [.. projected.chunk(3, -1).Select(p => p.unflatten(2, [_shape.Heads, -1]).transpose(1, 2))];
            var (k, v) = cache?.Append(_number, parts[1], parts[2]) ?? (parts[1], parts[2]);
            if (bias is not null)
            {
                return out_proj.Forward(CausalAttention.Attend(parts[0], k, v, bias, scale: _shape.Scale));
            }

            var (wideQ, wideK, wideV) = AlibiBias.Widen(_slopes, parts[0], k, v, _shape.Scale);
            var mixed = CausalAttention.Attend(wideQ, wideK, wideV, null).unflatten(2, [_shape.Heads, -1]); // [batch, tokens, heads, size + 8]
            return out_proj.Forward(mixed.narrow(3, 0, v.shape[3]).flatten(2));
        }
    }

    private sealed class MptFeedForward : nn.Module
    {
        private readonly Projection up_proj;
        private readonly Projection down_proj;
        private readonly Func<Tensor, Tensor> _activation = Activation.Create(ActivationKind.Gelu);

        public MptFeedForward(MptShape shape, ScalarType type)
            : base("mlp")
        {
            up_proj = new Projection(shape.Hidden, shape.Inner, false, type);
            down_proj = new Projection(shape.Inner, shape.Hidden, false, type);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states) => down_proj.Forward(_activation(up_proj.Forward(states)));
    }
}

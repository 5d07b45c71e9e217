using System.Text.Json.Nodes;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

/// <summary>MPT: ALiBi instead of positions, layer norms without bias, one projection for query, key and value, tied head.</summary>
internal sealed class Mpt : CausalModel
{
    private readonly MptDecoder transformer;

    public Mpt(ModelConfig config)
        : base("mpt", config)
    {
        transformer = new MptDecoder(config);
        RegisterComponents();
    }

    public override Tensor OutputWeight => transformer.wte.weight!;

    public override Tensor HiddenStates(Tensor ids, KeyValueCache? cache = null) => transformer.Forward(ids, cache);

    private sealed class MptDecoder : nn.Module
    {
        public readonly Embedding wte;
        private readonly ModuleList<MptBlock> blocks;
        private readonly LayerNorm norm_f;
        private readonly int _heads;
        private readonly double _largestBias;

        public MptDecoder(ModelConfig config)
            : base("transformer")
        {
            int hidden = config.Number("d_model");
            _heads = config.Number("n_heads");
            _largestBias = (config.Json["attn_config"] as JsonObject)?["alibi_bias_max"]?.GetValue<double>() ?? 8;
            wte = nn.Embedding(config.VocabularySize, hidden);
            blocks = nn.ModuleList(Enumerable.Range(0, config.Number("n_layers")).Select(i => new MptBlock(config, i)).ToArray());
            norm_f = nn.LayerNorm(hidden, config.Real("layer_norm_epsilon", 1e-5), bias: false);
            RegisterComponents();
        }

        public Tensor Forward(Tensor ids, KeyValueCache? cache)
        {
            var states = wte.forward(ids);
            var bias = Alibi((cache?.Length ?? 0) + ids.shape[1], states);
            foreach (var block in blocks)
            {
                states = block.Forward(states, bias, cache);
            }

            cache?.Advance(ids.shape[1]);
            return norm_f.forward(states);
        }

        // Press et al. 2022: head h subtracts slope_h for every token of distance. The distance to a fixed last token differs from it by the
        // same amount in a whole row, which the softmax does not see. Slopes for head counts that are no power of two as MPT's authors take them.
        private Tensor Alibi(long read, Tensor like)
        {
            using var noGradient = no_grad();
            int power = 1;
            while (power < _heads)
            {
                power *= 2;
            }

            float[] slopes = [.. Enumerable.Range(1, power).Select(i => (float)Math.Pow(2, -i * _largestBias / power))];
            if (power != _heads)
            {
                slopes = [.. slopes.Where((_, i) => i % 2 == 1).Concat(slopes.Where((_, i) => i % 2 == 0)).Take(_heads)];
            }

            var distances = arange(1 - read, 1, ScalarType.Float32, like.device).view(1, 1, 1, read);
            return (distances * tensor(slopes, device: like.device).view(1, _heads, 1, 1)).to(like.dtype); // [1, heads, 1, read]
        }
    }

    private sealed class MptBlock : nn.Module
    {
        private readonly LayerNorm norm_1;
        private readonly MptAttention attn;
        private readonly LayerNorm norm_2;
        private readonly MptMlp ffn;

        public MptBlock(ModelConfig config, int number)
            : base("block")
        {
            int hidden = config.Number("d_model");
            double epsilon = config.Real("layer_norm_epsilon", 1e-5);
            norm_1 = nn.LayerNorm(hidden, epsilon, bias: false);
            attn = new MptAttention(config, number);
            norm_2 = nn.LayerNorm(hidden, epsilon, bias: false);
            ffn = new MptMlp(config);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states, Tensor bias, KeyValueCache? cache)
        {
            states = states + attn.Forward(norm_1.forward(states), bias, cache);
            return states + ffn.Forward(norm_2.forward(states));
        }
    }

    private sealed class MptAttention : nn.Module
    {
        private readonly Linear Wqkv;
        private readonly Linear out_proj;
        private readonly double? _clip;
        private readonly double? _scale;
        private readonly long _headSize;
        private readonly int _number;

        public MptAttention(ModelConfig config, int number)
            : base("attention")
        {
            int hidden = config.Number("d_model");
            var settings = config.Json["attn_config"] as JsonObject;
            _clip = settings?["clip_qkv"]?.GetValue<double>();
            _scale = settings?["softmax_scale"]?.GetValue<double>();
            _headSize = hidden / config.Number("n_heads");
            _number = number;
            Wqkv = nn.Linear(hidden, 3L * hidden, hasBias: false);
            out_proj = nn.Linear(hidden, hidden, hasBias: false);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states, Tensor bias, KeyValueCache? cache)
        {
            var projected = Wqkv.forward(states);
            if (_clip is { } clip)
            {
                projected = projected.clamp(-clip, clip);
            }

            Tensor[] parts = [.. projected.chunk(3, -1).Select(p => p.unflatten(2, [-1, _headSize]).transpose(1, 2))];
            var (k, v) = cache?.Append(_number, parts[1], parts[2]) ?? (parts[1], parts[2]);
            return out_proj.forward(CausalAttention.Mix(parts[0], k, v, bias, _scale).transpose(1, 2).flatten(2));
        }
    }

    private sealed class MptMlp : nn.Module
    {
        private readonly Linear up_proj;
        private readonly Linear down_proj;

        public MptMlp(ModelConfig config)
            : base("mlp")
        {
            int hidden = config.Number("d_model");
            int inner = hidden * config.Number("expansion_ratio", 4);
            up_proj = nn.Linear(hidden, inner, hasBias: false);
            down_proj = nn.Linear(inner, hidden, hasBias: false);
            RegisterComponents();
        }

        public Tensor Forward(Tensor states) => down_proj.forward(nn.functional.gelu(up_proj.forward(states)));
    }
}

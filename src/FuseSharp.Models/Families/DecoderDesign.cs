using FuseSharp.Errors;
using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>What tells a family's network from others'.</summary>
/// <param name="Layers">Its blocks.</param>
/// <param name="IsTied">Whether the head is the embedding.</param>
internal sealed record DecoderDesign(IReadOnlyList<LayerDesign> Layers, bool IsTied)
{
    private static readonly Dictionary<string, Func<ModelConfig, DecoderDesign>> _families = new(StringComparer.Ordinal)
    {
        ["LlamaForCausalLM"] = Llama.FromConfig,
        ["MistralForCausalLM"] = Mistral.FromConfig,
        ["MixtralForCausalLM"] = Mixtral.FromConfig,
        ["Qwen2ForCausalLM"] = Qwen2.FromConfig,
        ["Qwen3ForCausalLM"] = Qwen3.FromConfig,
        ["Qwen3MoeForCausalLM"] = Qwen3Moe.FromConfig,
        ["Gemma2ForCausalLM"] = Gemma2.FromConfig,
        ["Gemma3ForCausalLM"] = Gemma3.FromConfig,
        ["Phi3ForCausalLM"] = Phi3.FromConfig,
        ["SmolLM3ForCausalLM"] = SmolLm3.FromConfig,
        ["Olmo2ForCausalLM"] = Olmo2.FromConfig,
        ["Olmo3ForCausalLM"] = Olmo3.FromConfig,
        ["GraniteForCausalLM"] = Granite.FromConfig,
        ["Starcoder2ForCausalLM"] = StarCoder2.FromConfig,
        ["StableLmForCausalLM"] = StableLm.FromConfig,
        ["Cohere2ForCausalLM"] = Cohere2.FromConfig,
        ["Glm4ForCausalLM"] = Glm4.FromConfig,
        ["GptOssForCausalLM"] = GptOss.FromConfig,
        ["DeepseekV2ForCausalLM"] = DeepSeekV2.FromConfig,
    };

    /// <summary>What embeddings are multiplied by.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>Whether that is first rounded to the working type, as in Gemma.</summary>
    public bool RoundsEmbeddingScale { get; init; }

    /// <summary>What logits are multiplied by.</summary>
    public double LogitScale { get; init; } = 1;

    /// <summary>Logits become cap · tanh(logit / cap); null for none.</summary>
    public double? LogitCap { get; init; }

    /// <summary>Width of the states.</summary>
    public int Hidden => Layers[0].Attention.Hidden;

    /// <summary>Kind of the last norm.</summary>
    public NormDesign Norm => Layers[0].Norm;

    /// <summary>Whether a family is read here; others have networks of their own.</summary>
    /// <param name="config">Whose.</param>
    public static bool Has(ModelConfig config) => _families.ContainsKey(config.Architecture);

    /// <summary>Reads the design of a model.</summary>
    /// <param name="config">Its configuration, in the words of transformers 4 or 5.</param>
    /// <exception cref="ModelException">A key is missing, has no meaning, or asks for what the family has not.</exception>
    public static DecoderDesign FromConfig(ModelConfig config)
        => _families.TryGetValue(config.Architecture, out var read) ? read(config) : throw config.Error($"names the architecture '{config.Architecture}', which has no design");

    /// <summary>A design of layers made one by one.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="layer">By number.</param>
    public static DecoderDesign FromLayers(ModelConfig config, Func<int, LayerDesign> layer)
        => new([.. Enumerable.Range(0, config.LayerCount("num_hidden_layers")).Select(layer)], config.IsTied);
}

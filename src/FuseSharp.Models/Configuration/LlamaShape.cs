using System.Text.Json.Nodes;
using FuseSharp.Errors;

namespace FuseSharp.Models.Configuration;

/// <summary>What tells the families of the Llama line apart: Llama, Mistral, Mixtral, Qwen2. Defaults are those of Hugging Face's config classes.</summary>
/// <param name="Hidden">Width of the states.</param>
/// <param name="Inner">Width inside the feed-forward part, or one expert.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key and value heads, which share the query heads evenly.</param>
/// <param name="HeadSize">Width of a head.</param>
/// <param name="Epsilon">Of the norms.</param>
/// <param name="HasQueryBias">Whether the projections to queries, keys and values have biases.</param>
/// <param name="HasOutputBias">Whether the projection behind attention has one.</param>
/// <param name="HasMlpBias">Whether those of the feed-forward part have one.</param>
/// <param name="Window">Tokens that a position sees, itself included; null for all.</param>
/// <param name="FirstWindowLayer">Blocks before this one see everything (Qwen2).</param>
/// <param name="Experts">Experts of each block; 0 for one feed-forward part.</param>
/// <param name="ExpertsPerToken">Experts that each token goes through.</param>
internal sealed record LlamaShape(
    int Hidden, int Inner, int Layers, int Heads, int KeyValueHeads, int HeadSize, double Epsilon, bool HasQueryBias, bool HasOutputBias, bool HasMlpBias,
    long? Window, int FirstWindowLayer, int Experts, int ExpertsPerToken)
{
    private const int MostExperts = 1024; // four times the most of a published model

    /// <summary>Reads a shape.</summary>
    /// <exception cref="ModelException">A number is missing or does not fit another.</exception>
    public static LlamaShape FromConfig(ModelConfig config)
    {
        bool isMixtral = config.Architecture == "MixtralForCausalLM";
        bool isMistral = isMixtral || config.Architecture == "MistralForCausalLM";
        bool isQwen = config.Architecture == "Qwen2ForCausalLM";
        bool isLlama = !isMistral && !isQwen;
        bool hasBias = isQwen || (isLlama && config.Flag("attention_bias", false)); // the other families' code has them always or never, whatever the config says
        bool hasWindow = isMistral || (isQwen && config.Flag("use_sliding_window", false));
        int hidden = config.Number("hidden_size");
        int heads = config.Number("num_attention_heads");
        var shape = new LlamaShape(
            hidden,
            config.Number("intermediate_size"),
            config.LayerCount("num_hidden_layers"),
            heads,
            config.Number("num_key_value_heads", isMistral && !config.Json.ContainsKey("num_key_value_heads") ? 8 : heads),
            config.Number("head_dim", Math.Max(1, hidden / heads)),
            config.Real("rms_norm_eps", isMixtral ? 1e-5 : 1e-6),
            hasBias,
            hasBias && !isQwen,
            isLlama && config.Flag("mlp_bias", false),
            WindowOf(config, hasWindow),
            isQwen ? FirstWindowOf(config, config.LayerCount("num_hidden_layers")) : 0,
            isMixtral ? config.Number("num_local_experts", 8) is <= MostExperts and var experts ? experts : throw config.Error(FormattableString.Invariant($"has more than {MostExperts} num_local_experts")) : 0,
            isMixtral ? config.Number("num_experts_per_tok", 2) : 0);
        return shape.Heads % shape.KeyValueHeads != 0 ? throw config.Error("has num_attention_heads that num_key_value_heads does not divide")
            : shape.ExpertsPerToken > shape.Experts ? throw config.Error("has more num_experts_per_tok than num_local_experts")
            : isQwen && !hasWindow && config.Json["layer_types"] is not null && shape.FirstWindowLayer < shape.Layers ? throw config.Error("has layer_types with sliding_attention, but use_sliding_window is not true")
            : shape;
    }

    // MistralConfig's and Qwen2Config's default is 4096 where the key is absent, and no window where it is null; Mixtral's is none.
    private static long? WindowOf(ModelConfig config, bool hasWindow)
        => !hasWindow ? null
            : config.Json["sliding_window"] is not null ? config.Number("sliding_window")
            : config.Architecture != "MixtralForCausalLM" && !config.Json.ContainsKey("sliding_window") ? 4096 : null;

    // 0 is allowed here: every block has the window. What layer_types says goes before it, as in transformers 5, which writes both.
    private static int FirstWindowOf(ModelConfig config, int layers)
    {
        if (config.Json["layer_types"] is not { } node)
        {
            return config.Real("max_window_layers", 28) == 0 ? 0 : config.Number("max_window_layers", 28);
        }

        string[] kinds = node is JsonArray list ? [.. list.Select(k => k is JsonValue value && value.TryGetValue(out string? name) ? name : "")] : [];
        int first = Array.IndexOf(kinds, "sliding_attention") is >= 0 and var at ? at : kinds.Length;
        return kinds.Length == layers && Array.TrueForAll(kinds[..first], k => k == "full_attention") && Array.TrueForAll(kinds[first..], k => k == "sliding_attention") ? first
            : throw config.Error(FormattableString.Invariant($"has layer_types other than {layers} of full_attention and sliding_attention, in this order, which is not supported"));
    }

    /// <summary>The positions of its heads.</summary>
    /// <param name="config">Whose shape this is.</param>
    /// <exception cref="ModelException">Its settings have no meaning, or turn only a part of a head.</exception>
    public RotaryPositions PositionsOf(ModelConfig config)
        => (config.Keys.Real("partial_rotary_factor") ?? 1) == 1 && RotaryPositions.ShareOf(config) is null or 1 ? new(config, HeadSize, Experts > 0 ? 1e6 : 10000)
            : throw config.Error("has a partial_rotary_factor other than 1, with which models of the Llama line do not run");

    /// <summary>The window of a block, or null.</summary>
    public long? WindowOf(int layer) => layer >= FirstWindowLayer ? Window : null;
}

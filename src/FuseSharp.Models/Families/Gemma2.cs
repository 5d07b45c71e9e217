using FuseSharp.Errors;
using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Gemma 2: norms of (1 + w) before and after both parts, embeddings times √hidden, capped scores and logits, every second layer with a window.</summary>
internal static class Gemma2
{
    private const string Activation = "gelu_pytorch_tanh";

    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        var layer = Layer(config);
        var attention = layer.Attention with
        {
            Rotary = RotarySettings.Read(config, layer.Attention.HeadSize, new()),
            ScoreCap = Cap(config, "attn_logit_softcapping", 50),
        };
        long?[] windows = LayerWindows.FromConfig(config, i => i % 2 == 0, () => LayerWindows.Needed(config));
        return Scaled(config, DecoderDesign.FromLayers(config, i => layer with { Attention = attention with { Window = windows[i] } })) with { LogitCap = Cap(config, "final_logit_softcapping", 30) };
    }

    /// <summary>What Gemma 2 and 3 share, without positions.</summary>
    /// <param name="config">Whose.</param>
    public static LayerDesign Layer(ModelConfig config)
    {
        if (config.Flag("use_bidirectional_attention", false))
        {
            throw config.Error("asks for use_bidirectional_attention, with which a model does not predict the next token");
        }

        double scalar = config.Real("query_pre_attn_scalar", 256);
        if (!config.Keys.Has("hidden_activation") && config.Keys.Text("hidden_act") is { } older and not Activation)
        {
            Warnings.Once($"'{config.Path}' has the hidden_act '{older}' without a hidden_activation: {Activation} counts, as in transformers."); // the first files of Gemma have only the old key, and mean the approximation
        }

        return new LayerDesign(
            new(NormKind.OffsetRms, config.Real("rms_norm_eps", 1e-6)),
            AttentionDesign.FromConfig(config) with
            {
                HeadSize = config.Number("head_dim", 256),
                Scale = scalar > 0 ? Math.Pow(scalar, -0.5) : throw config.Error("has a query_pre_attn_scalar that is not above 0"),
            },
            FeedForwardDesign.FromConfig(config, Activation, "hidden_activation"))
        {
            AfterAttention = "post_attention_layernorm",
            BeforeFeedForward = "pre_feedforward_layernorm",
            AfterFeedForward = "post_feedforward_layernorm",
        };
    }

    /// <summary>The design with embeddings times √hidden.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="design">Without.</param>
    public static DecoderDesign Scaled(ModelConfig config, DecoderDesign design) => design with { EmbeddingScale = Math.Sqrt(config.Number("hidden_size")), RoundsEmbeddingScale = true };

    /// <summary>A cap; null where the config says null.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="key">Where it stands.</param>
    /// <param name="absent">Where the key is absent; null for none.</param>
    /// <exception cref="ModelException">It is not above 0.</exception>
    public static double? Cap(ModelConfig config, string key, double? absent)
        => (config.Keys.Real(key) ?? (config.Json.ContainsKey(key) ? null : absent)) is not { } cap ? null
            : cap > 0 ? cap : throw config.Error($"has a {key} that is not above 0");
}

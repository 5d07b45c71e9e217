using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>GPT-OSS with weights of a float type: attention sinks, experts with biases and clamped gates in every layer, a window in every second.</summary>
internal static class GptOss
{
    // What transformers takes where a config says nothing.
    private const string Yarn = """{"rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": false, "original_max_position_embeddings": 4096}""";

    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        var attention = AttentionDesign.FromConfig(config, 8) with { HeadSize = config.Number("head_dim", 64), HasSinks = true };
        bool hasBias = config.Flag("attention_bias", true);
        attention = attention with { HasQueryBias = hasBias, HasOutputBias = hasBias, Rotary = RotarySettings.Read(config, attention.HeadSize, new(150_000) { Settings = Yarn }) };
        var feedForward = FeedForwardDesign.FromConfig(config);
        var experts = ExpertsDesign.FromConfig(config, feedForward.Width, null, "num_local_experts") with
        {
            IsNormalized = true,
            Limit = Gemma2.Cap(config, "swiglu_limit", 7) ?? throw config.Error("has no swiglu_limit (null), which GPT-OSS's experts need"),
            Steepness = config.Real("swiglu_alpha", 1.702),
        };
        var layer = new LayerDesign(Llama.Rms(config, 1e-5), attention, feedForward with { Experts = experts });
        long?[] windows = LayerWindows.FromConfig(config, i => i % 2 == 0, () => config.Number("sliding_window", 128));
        return feedForward.Activation != ActivationKind.Silu ? throw config.Error("has a hidden_act other than silu, which GPT-OSS's experts do not have")
            : DecoderDesign.FromLayers(config, i => layer with { Attention = attention with { Window = windows[i] } });
    }
}

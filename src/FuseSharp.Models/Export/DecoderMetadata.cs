using FuseSharp.Errors;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Export;

/// <summary>Writes the shape of a decoder as the metadata that llama.cpp reads.</summary>
/// <param name="config">Whose.</param>
/// <param name="architecture">llama.cpp's name.</param>
/// <param name="writer">Gets the pairs.</param>
internal sealed class DecoderMetadata(ModelConfig config, string architecture, GgufWriter writer)
{
    /// <summary>Adds all pairs but the context's length.</summary>
    /// <exception cref="ModelException">The model has what llama.cpp's architecture of that name has not.</exception>
    public void Add()
    {
        var design = DecoderDesign.FromConfig(config);
        new LlamaCppLimits(config, architecture, design).Check();
        var (layer, attention) = (design.Layers[0], design.Layers[0].Attention);
        Number("embedding_length", design.Hidden);
        Number("feed_forward_length", layer.FeedForward.Width);
        Number("block_count", design.Layers.Count);
        Number("attention.head_count", attention.Heads);
        Number("vocab_size", config.VocabularySize);
        Real(design.Norm.Kind is NormKind.Layer or NormKind.LayerWithoutBias ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon", design.Norm.Epsilon);
        AddHeads(attention);
        AddExperts(design);
        AddWindows(design);
        AddScales(design);
        if (architecture == "stablelm")
        {
            writer.Flag($"{architecture}.use_parallel_residual", layer.IsParallel);
        }

        var layers = design.Layers.Select(l => l.Attention).Where(a => a.Rotary is not null).ToList();
        new RotaryMetadata(config, architecture, writer).Add((layers.Find(a => a.Window is null) ?? layers[0]).Rotary!);
    }

    private void AddHeads(AttentionDesign attention)
    {
        var latent = attention.Latent;
        if (latent is null)
        {
            Number("attention.head_count_kv", attention.KeyValueHeads);
            Number("attention.key_length", attention.HeadSize);
            Number("attention.value_length", attention.HeadSize);
            Number("rope.dimension_count", attention.Rotary?.Size ?? attention.HeadSize);
            return;
        }

        // llama.cpp keeps latents in its cache: for it there is one head of keys and values, as wide as they are.
        Number("attention.head_count_kv", 1);
        Number("attention.key_length", latent.Width + latent.TurningSize);
        Number("attention.value_length", latent.Width);
        Number("attention.key_length_mla", attention.HeadSize);
        Number("attention.value_length_mla", latent.ValueSize);
        Number("attention.kv_lora_rank", latent.Width);
        Number("rope.dimension_count", latent.TurningSize);
    }

    private void AddExperts(DecoderDesign design)
    {
        if (design.Layers[^1].FeedForward.Experts is not { } experts)
        {
            return;
        }

        Number("expert_count", experts.Count);
        Number("expert_used_count", experts.PerToken);
        if (architecture != "llama")
        {
            Number("expert_feed_forward_length", experts.Width);
        }

        if (architecture == "deepseek2")
        {
            Number("leading_dense_block_count", design.Layers.Count(l => l.FeedForward.Experts is null));
            Number("expert_shared_count", experts.SharedWidth / experts.Width);
            Real("expert_weights_scale", experts.Scale);
            writer.Flag($"{architecture}.expert_weights_norm", experts.IsNormalized);
            Number("expert_gating_func", 1); // softmax
        }
    }

    private void AddWindows(DecoderDesign design)
    {
        if (LlamaCppWindows.DefaultPeriod(architecture) is not { } usual)
        {
            return;
        }

        long? window = design.Layers.Min(l => l.Attention.Window);
        if (window is null && architecture == "olmo2")
        {
            return;
        }

        // Where no layer has a window, one as long as the context in none of them.
        Number("attention.sliding_window", window ?? config.ContextLength);
        int period = LlamaCppWindows.PeriodOf(design)!.Value;
        if (period != usual)
        {
            Number("attention.sliding_window_pattern", period);
        }

        if (architecture == "gemma3" && design.Layers.FirstOrDefault(l => l.Attention.Window is not null) is { Attention.Rotary: { } local })
        {
            Real("rope.freq_base_swa", local.Theta);
        }
    }

    private void AddScales(DecoderDesign design)
    {
        switch (architecture)
        {
            case "gemma2":
                // 0: none.
                Real("attn_logit_softcapping", design.Layers[0].Attention.ScoreCap!.Value);
                Real("final_logit_softcapping", design.LogitCap!.Value);
                break;
            case "granite":
                Real("attention.scale", design.Layers[0].Attention.Scale!.Value);
                Real("embedding_scale", design.EmbeddingScale);
                Real("residual_scale", design.Layers[0].ResidualScale);
                Real("logit_scale", 1 / design.LogitScale);
                break;
            case "cohere2":
                Real("logit_scale", design.LogitScale);
                break;
        }
    }

    private void Number(string key, long value) => writer.Number($"{architecture}.{key}", value);

    private void Real(string key, double value) => writer.Real($"{architecture}.{key}", value);
}

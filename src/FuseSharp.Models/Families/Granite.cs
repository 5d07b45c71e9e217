using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Granite: Llama with four multipliers, of embeddings, scores, what layers add, and logits.</summary>
internal static class Granite
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        var llama = Llama.FromConfig(config);
        var layer = llama.Layers[0] with { ResidualScale = config.Real("residual_multiplier", 1) };
        layer = layer with { Attention = layer.Attention with { Scale = config.Real("attention_multiplier", 1) } };
        double divisor = config.Real("logits_scaling", 1);
        return divisor == 0 ? throw config.Error("has a logits_scaling of 0")
            : llama with { Layers = [.. llama.Layers.Select(_ => layer)], EmbeddingScale = config.Real("embedding_multiplier", 1), LogitScale = 1 / divisor };
    }
}

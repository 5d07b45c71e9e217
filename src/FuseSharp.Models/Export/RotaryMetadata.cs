using FuseSharp.Errors;
using FuseSharp.Models.Configuration;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Export;

/// <summary>Writes rotary positions as llama.cpp reads them.</summary>
/// <remarks>
/// llama.cpp multiplies cosines and sines by <c>attn_factor</c>, and with YaRN by 1 + 0.1 · ln(factor) besides, so that another attention factor a is written as
/// a / (1 + 0.1 · ln factor). Its DeepSeek scales scores from <c>yarn_log_multiplier</c>, a tenth of <c>mscale_all_dim</c>.
/// </remarks>
/// <param name="config">Whose.</param>
/// <param name="architecture">llama.cpp's name.</param>
/// <param name="writer">Gets the pairs.</param>
internal sealed class RotaryMetadata(ModelConfig config, string architecture, GgufWriter writer)
{
    private static readonly string[] _withDivisors = ["llama", "granite"];
    private static readonly string[] _withYarn = ["llama", "qwen2", "qwen3", "qwen3moe", "olmo2", "gpt-oss", "deepseek2"];

    /// <summary>Adds the base and the scaling.</summary>
    /// <param name="rotary">Of the layers that see everything.</param>
    /// <exception cref="ModelException">llama.cpp has no such scaling, or computes it otherwise.</exception>
    public void Add(RotaryPositions rotary)
    {
        Real("rope.freq_base", rotary.Theta);
        switch (rotary.Scaling)
        {
            case LinearScaling { Kind: "linear" }:
                Kind("linear");
                Real("rope.scaling.factor", rotary.Scaling.Factor);
                break;
            case DynamicScaling:
                throw LlamaCppLimits.Unfit(config, "has dynamic rope scaling, which GGUF files cannot hold");
            case Llama3Scaling when !_withDivisors.Contains(architecture):
                throw LlamaCppLimits.Unfit(config, $"has Llama 3's rope scaling, which llama.cpp's {architecture} has not");
            case YarnScaling yarn:
                AddYarn(rotary, yarn);
                break;
            case LongRopeScaling when architecture != "phi3":
                throw LlamaCppLimits.Unfit(config, $"has the rope scaling longrope, which is exported for phi3 only, not for llama.cpp's {architecture}");
            case LongRopeScaling longRope:
                Number("rope.scaling.original_context_length", (long)longRope.TrainedLength);
                Real("rope.scaling.attn_factor", longRope.AttentionFactor);
                break;
        }
    }

    private void AddYarn(RotaryPositions rotary, YarnScaling yarn)
    {
        if (!_withYarn.Contains(architecture))
        {
            throw LlamaCppLimits.Unfit(config, $"has the rope scaling yarn, which is not exported for llama.cpp's {architecture}");
        }

        // llama.cpp reads no other edges with these architectures, and rounds them to whole pairs.
        var theirs = new YarnScaling(yarn.Factor, yarn.TrainedLength, 32, 1, true, 1);
        if (!rotary.Frequencies(1).Zip(theirs.Frequencies(rotary.Size, rotary.Theta, 1)).All(f => Math.Abs((f.First / f.Second) - 1) < 1e-6))
        {
            throw config.Error(FormattableString.Invariant($"has YaRN with beta_fast {yarn.Fast}, beta_slow {yarn.Slow} and 'truncate' {(yarn.Truncates ? "true" : "false")}, where llama.cpp's {architecture} computes with 32, 1 and true, so other angles"), "Write those into config.json for a file that answers a little otherwise, or keep the Hugging Face folder.");
        }

        if (yarn.TrainedLength != Math.Floor(yarn.TrainedLength))
        {
            throw config.Error("has an original_max_position_embeddings that is no whole number");
        }

        Kind("yarn");
        Real("rope.scaling.factor", yarn.Factor);
        Number("rope.scaling.original_context_length", (long)yarn.TrainedLength);
        double usual = YarnScaling.Sharpness(yarn.Factor, 1);
        if (architecture != "deepseek2")
        {
            if (Math.Abs((yarn.AttentionFactor / usual) - 1) > 1e-6)
            {
                Real("rope.scaling.attn_factor", yarn.AttentionFactor / usual);
            }
        }
        else if (yarn.AllDimensions is { } all && Math.Abs(yarn.AttentionFactor - 1) < 1e-6)
        {
            Real("rope.scaling.yarn_log_multiplier", 0.1 * all);
        }
        else
        {
            throw LlamaCppLimits.Unfit(config, "has YaRN with mscale other than mscale_all_dim, which llama.cpp's deepseek2 takes for one number");
        }
    }

    private void Kind(string name) => writer.Text($"{architecture}.rope.scaling.type", name);

    private void Number(string key, long value) => writer.Number($"{architecture}.{key}", value);

    private void Real(string key, double value) => writer.Real($"{architecture}.{key}", value);
}

using FuseSharp.Errors;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;

namespace FuseSharp.Models.Export;

/// <summary>Refuses what a decoder has and llama.cpp's architecture of its name has not, or computes otherwise: a file with it would load and answer something else.</summary>
/// <param name="config">Of the model.</param>
/// <param name="architecture">llama.cpp's name.</param>
/// <param name="design">Of the model.</param>
internal sealed class LlamaCppLimits(ModelConfig config, string architecture, DecoderDesign design)
{
    private static readonly string[] _withGelu = ["gemma2", "gemma3", "starcoder2"];
    private static readonly string[] _withQueryBias = ["llama", "qwen2", "starcoder2", "stablelm", "glm4", "gpt-oss"];
    private static readonly string[] _withOutputBias = ["llama", "starcoder2", "gpt-oss"];
    private static readonly string[] _needingBias = ["qwen2", "starcoder2", "gpt-oss"];
    private static readonly string[] _withWidthOfHidden = ["olmo2", "phi3", "starcoder2", "stablelm", "cohere2"];

    private AttentionDesign Attention => design.Layers[0].Attention;

    /// <summary>Looks at everything.</summary>
    /// <exception cref="ModelException">Something does not fit.</exception>
    public void Check()
    {
        CheckWindows();
        CheckPositions();
        CheckAttention();
        CheckFeedForward();
        CheckExperts();
        if (architecture == "deepseek2")
        {
            CheckDeepSeek();
        }

        if (!design.IsTied && architecture is ("gemma2" or "cohere2"))
        {
            throw Error("has a head of its own");
        }

        if (architecture == "gemma3" && (design.LogitCap is not null || Attention.ScoreCap is not null))
        {
            throw Error("has capped scores or logits");
        }

        if (architecture == "gemma2" && (design.LogitCap is null || Attention.ScoreCap is null))
        {
            throw Error("has scores or logits without a cap");
        }
    }

    private ModelException Error(string what) => Unfit(config, $"{what}, which llama.cpp's {architecture} has not");

    /// <summary>The error of a model that is right and has no place in a GGUF file.</summary>
    internal static ModelException Unfit(ModelConfig config, string what) => config.Error(what, "Keep the Hugging Face folder: llama.cpp would answer something else.");

    private void CheckWindows()
    {
        var windows = design.Layers.Select(l => l.Attention.Window).Where(w => w is not null).Distinct().ToList();
        if (LlamaCppWindows.DefaultPeriod(architecture) is null)
        {
            if (windows.Min() is { } window && window < config.ContextLength)
            {
                throw config.Error(FormattableString.Invariant($"has a sliding window of {window} tokens, which this architecture has not in llama.cpp"), "Set max_position_embeddings to it for texts up to that length, or keep the Hugging Face folder.");
            }
        }
        else if (windows.Count > 1 || LlamaCppWindows.PeriodOf(design) is null)
        {
            throw Error("has windows in layers that no period gives (all but the last of every few)");
        }
    }

    private void CheckPositions()
    {
        for (int i = 0; i < design.Layers.Count; i++)
        {
            var attention = design.Layers[i].Attention;
            bool turns = architecture switch
            {
                "smollm3" => (i + 1) % 4 != 0,
                "cohere2" => attention.Window is not null,
                _ => true,
            };
            if (attention.Rotary is not null != turns)
            {
                throw Error(FormattableString.Invariant($"has a layer {i} with{(turns ? "out" : "")} rotary positions"));
            }
        }

        if (design.Layers.All(l => l.Attention.Rotary is null))
        {
            throw Error("has no layer with rotary positions");
        }
    }

    private void CheckAttention()
    {
        if ((Attention.HasQueryBias && !_withQueryBias.Contains(architecture)) || (Attention.HasOutputBias && !_withOutputBias.Contains(architecture)))
        {
            throw Error("has biases in attention");
        }

        if (!Attention.HasQueryBias && _needingBias.Contains(architecture))
        {
            throw Unfit(config, $"has attention without biases, which llama.cpp's {architecture} must have");
        }

        if (_withWidthOfHidden.Contains(architecture) && Attention.Heads * Attention.HeadSize != design.Hidden)
        {
            throw Error("has heads that are together not as wide as hidden_size");
        }

        if (Attention.HeadNorm is { } norm && norm.Norm.Epsilon != design.Norm.Epsilon)
        {
            throw Error(FormattableString.Invariant($"has norms with different epsilons ({norm.Norm.Epsilon} and {design.Norm.Epsilon})"));
        }

        // llama.cpp tells Gemma's 27 billion parameters by their layers.
        bool isLargeGemma = (architecture, design.Layers.Count) is ("gemma2", 46) or ("gemma3", 62);
        double expected = 1 / Math.Sqrt(isLargeGemma ? design.Hidden / Attention.Heads : Attention.HeadSize);
        if (architecture is not ("granite" or "deepseek2") && Attention.Scale is { } scale && Math.Abs((scale / expected) - 1) > 1e-6)
        {
            throw Unfit(config, FormattableString.Invariant($"multiplies scores by {scale:g6} (query_pre_attn_scalar), where llama.cpp's {architecture} of {design.Layers.Count} layers multiplies by {expected:g6}"));
        }
    }

    private void CheckFeedForward()
    {
        foreach (var feedForward in design.Layers.Select(l => l.FeedForward))
        {
            bool isGelu = feedForward.Activation is ActivationKind.Gelu or ActivationKind.TanhGelu; // llama.cpp computes the latter, from a table of float16
            if (isGelu != _withGelu.Contains(architecture) || feedForward.Activation == ActivationKind.Relu)
            {
                string key = config.Keys.Has("hidden_activation") ? "hidden_activation" : "hidden_act";
                throw Unfit(config, $"has '{key}' \"{config.Text(key, "")}\", llama.cpp's {architecture} computes {(_withGelu.Contains(architecture) ? "gelu" : "silu")}");
            }

            if (feedForward.HasBias && architecture is not ("llama" or "starcoder2"))
            {
                throw Error("has biases in feed-forward parts ('mlp_bias')");
            }
        }
    }

    private void CheckExperts()
    {
        var experts = design.Layers.Select(l => l.FeedForward.Experts).ToList();
        if (architecture is "qwen3moe" or "gpt-oss" && experts.Contains(null))
        {
            throw Error("has layers without experts");
        }

        if (architecture == "qwen3moe" && experts.Exists(e => !e!.IsNormalized))
        {
            throw Error("has 'norm_topk_prob' false");
        }

        if (architecture == "gpt-oss" && experts.Exists(e => e!.Limit != 7 || e.Steepness != 1.702))
        {
            throw Error("has a swiglu_limit other than 7 or a swiglu_alpha other than 1.702");
        }
    }

    private void CheckDeepSeek()
    {
        int layers = design.Layers.Count;
        if (layers is not (26 or 27))
        {
            throw Unfit(config, FormattableString.Invariant($"has {layers} layers, where llama.cpp's deepseek2 knows models without compressed queries by their 26 or 27"));
        }

        var experts = design.Layers[^1].FeedForward.Experts;
        if (experts is null || experts.SharedWidth == 0)
        {
            throw Error("has no experts, or none for every token");
        }
    }
}

using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Tokenizers.Gguf;
using static TorchSharp.torch;

namespace FuseSharp.Models.Configuration;

/// <summary>Says with Hugging Face's keys how a GGUF file scales rotary positions.</summary>
/// <param name="file">The file.</param>
/// <param name="kind">Its architecture.</param>
/// <param name="json">Its configuration so far; gets what stands beside the scaling.</param>
internal sealed class GgufRotary(GgufFile file, string kind, JsonObject json)
{
    private static readonly string[] _withYarn = ["llama", "qwen2", "qwen3", "qwen3moe", "olmo2", "gpt-oss", "deepseek2"];

    /// <summary>The settings; null for none.</summary>
    /// <exception cref="ModelException">The file asks for what is not known.</exception>
    public JsonObject? Scaling()
    {
        if (Find("rope_factors_long.weight") is { } longFactors && kind == "phi3")
        {
            return LongRope(longFactors, Find("rope_factors_short.weight") ?? throw file.Error("holds 'rope_factors_long.weight' without 'rope_factors_short.weight'"));
        }

        if (Find("rope_factors_long.weight") is not null)
        {
            throw file.Error($"holds 'rope_factors_long.weight', which {kind} models here have no place for", "Name the model's Hugging Face folder.");
        }

        if (Find("rope_freqs.weight") is { } factors)
        {
            // llama.cpp applies both.
            if (file.Text($"{kind}.rope.scaling.type") is not (null or "none") || file.Real($"{kind}.rope.scaling.factor", file.Real($"{kind}.rope.scale_linear", 1)) is not (0 or 1))
            {
                throw file.Error("has rope scaling beside 'rope_freqs.weight', which is not supported", "Name the model's Hugging Face folder.");
            }

            return kind is "llama" or "granite" ? Llama3(factors)
                : throw file.Error($"holds 'rope_freqs.weight', which {kind} models here have no place for", "Name the model's Hugging Face folder.");
        }

        // llama.cpp: without a type a factor is linear, and files of before August 2023 have the older key.
        double factor = file.Real($"{kind}.rope.scaling.factor", file.Real($"{kind}.rope.scale_linear", 0));
        return (file.Text($"{kind}.rope.scaling.type") ?? (factor is 0 or 1 ? null : "linear")) switch
        {
            null or "none" => null,
            "linear" when factor == 0 => null,
            "linear" => new JsonObject { ["rope_type"] = "linear", ["factor"] = factor },
            "yarn" when _withYarn.Contains(kind) => Yarn(factor == 0 ? 1 : factor),
            var other => throw file.Error($"asks for rope scaling '{other}', which is not supported in {kind} files; linear, YaRN and Llama 3's factors are", "Take a model without it."),
        };
    }

    private GgufTensor? Find(string name) => file.Tensors.FirstOrDefault(t => t.Name == name);

    // Without a type's own keys llama.cpp takes 32 and 1 turns and the context's length.
    private JsonObject Yarn(double factor)
    {
        foreach (string key in (string[])["yarn_ext_factor", "yarn_attn_factor"])
        {
            if (file.Real($"{kind}.rope.scaling.{key}", 1) is var value && value is not (1 or -1))
            {
                throw file.Error(FormattableString.Invariant($"asks for '{kind}.rope.scaling.{key}' {value}, which is not supported"), "Name the model's Hugging Face folder, or another model.");
            }
        }

        var scaling = new JsonObject
        {
            ["rope_type"] = "yarn",
            ["factor"] = factor,
            ["original_max_position_embeddings"] = file.Number($"{kind}.rope.scaling.original_context_length", file.Number($"{kind}.context_length")),
            ["beta_fast"] = file.Real($"{kind}.rope.scaling.yarn_beta_fast", 32),
            ["beta_slow"] = file.Real($"{kind}.rope.scaling.yarn_beta_slow", 1),
        };
        double multiplier = 10 * file.Real($"{kind}.rope.scaling.yarn_log_multiplier", 0);
        double attention = file.Real($"{kind}.rope.scaling.attn_factor", 1);
        if (kind == "deepseek2")
        {
            if (attention != 1 || multiplier == 0)
            {
                throw file.Error("has YaRN with 'attn_factor' or without 'yarn_log_multiplier', which is not supported for deepseek2", "Name the model's Hugging Face folder, or another model.");
            }

            // A tenth in the file; rounded to what a config.json says, since float32 gives 0.7070000171661377 for 0.707.
            scaling["mscale"] = Math.Round(multiplier, 6);
            scaling["mscale_all_dim"] = Math.Round(multiplier, 6);
            return scaling;
        }

        if (multiplier != 0)
        {
            throw file.Error($"asks for '{kind}.rope.scaling.yarn_log_multiplier', which is supported for deepseek2 only", "Name the model's Hugging Face folder, or another model.");
        }

        scaling["attention_factor"] = attention * YarnScaling.Sharpness(factor, 1);
        return scaling;
    }

    private JsonObject LongRope(GgufTensor longFactors, GgufTensor shortFactors)
    {
        json["original_max_position_embeddings"] = file.Number($"{kind}.rope.scaling.original_context_length", file.Number($"{kind}.context_length"));
        _ = file.Text($"{kind}.rope.scaling.type");
        return new JsonObject
        {
            ["rope_type"] = "longrope",
            ["long_factor"] = List(longFactors),
            ["short_factor"] = List(shortFactors),
            ["attention_factor"] = file.Real($"{kind}.rope.scaling.attn_factor", 1),
        };
    }

    private JsonArray List(GgufTensor tensor) => new([.. Numbers(tensor).Select(n => (JsonNode)(double)n)]);

    // Llama 3's scaling comes as a divisor for every frequency. The largest one is the factor; the other settings are those of every Llama 3 model, and the
    // divisors that they give must be the stored ones, for otherwise the model means something else.
    private JsonObject Llama3(GgufTensor factors)
    {
        float[] divisors = Numbers(factors);
        var scaling = new JsonObject
        {
            ["rope_type"] = "llama3",
            ["factor"] = (double)divisors.Max(),
            ["low_freq_factor"] = 1.0,
            ["high_freq_factor"] = 4.0,
            ["original_max_position_embeddings"] = 8192,
        };
        var settings = new JsonObject { ["rope_theta"] = file.Real($"{kind}.rope.freq_base", 10000), ["max_position_embeddings"] = file.Number($"{kind}.context_length") };
        float[] plain = Frequencies(settings, divisors.Length);
        settings["rope_scaling"] = scaling.DeepClone();
        float[] scaled = Frequencies(settings, divisors.Length);
        return plain.Zip(scaled, divisors).All(f => Math.Abs((f.First / f.Third / f.Second) - 1) < 1e-4) ? scaling
            : throw file.Error("has 'rope_freqs.weight' of another rope scaling than Llama 3's");
    }

    private float[] Numbers(GgufTensor tensor)
    {
        if (tensor.Type != GgufType.F32)
        {
            throw file.Error($"stores '{tensor.Name}' in another type than F32");
        }

        using var map = new MappedFile(tensor.Path);
        using var stored = empty([tensor.ElementCount], ScalarType.Float32);
        TensorChunks.Fill(map, tensor.Start, ScalarType.Float32, stored);
        float[] numbers = stored.data<float>().ToArray();
        return Array.TrueForAll(numbers, float.IsFinite) ? numbers : throw file.Error($"has in '{tensor.Name}' what is no number");
    }

    private float[] Frequencies(JsonObject settings, int count)
    {
        settings["architectures"] = new JsonArray("LlamaForCausalLM");
        return RotarySettings.Read(ModelConfig.From((JsonObject)settings.DeepClone(), file.Path), 2 * count, new()).Frequencies(1);
    }
}

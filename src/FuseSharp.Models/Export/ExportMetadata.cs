using FuseSharp.Errors;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Export;

/// <summary>Writes a model's shape as the metadata that llama.cpp reads.</summary>
/// <param name="config">The shape.</param>
/// <param name="architecture">llama.cpp's name.</param>
/// <param name="writer">Gets the pairs.</param>
internal sealed class ExportMetadata(ModelConfig config, string architecture, GgufWriter writer)
{
    private static readonly string[] _gelu = ["gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh"];

    /// <summary>Adds all pairs.</summary>
    /// <exception cref="ModelException">The model has what llama.cpp's architecture of that name has not.</exception>
    public void Add()
    {
        Number("context_length", config.ContextLength);
        switch (architecture)
        {
            case "gpt2":
                AddGpt2();
                break;
            case "gptneox":
                AddGptNeoX();
                break;
            case "mpt":
                AddMpt();
                break;
            default:
                new DecoderMetadata(config, architecture, writer).Add();
                break;
        }
    }

    private void Number(string key, long value) => writer.Number($"{architecture}.{key}", value);

    private void Real(string key, double value) => writer.Real($"{architecture}.{key}", value);

    private void AddSize(int hidden, int inner, int layers, int heads)
    {
        Number("embedding_length", hidden);
        Number("feed_forward_length", inner);
        Number("block_count", layers);
        Number("attention.head_count", heads);
    }

    // An architecture has one activation in llama.cpp. GELU and its tanh form, which is what llama.cpp computes, differ by less than its table of float16.
    private void CheckActivation(string key, string otherwise, string[] known)
    {
        string name = config.Text(key, otherwise);
        if (!known.Contains(name))
        {
            throw config.Error($"has '{key}' \"{name}\", llama.cpp's {architecture} computes {known[0]}");
        }
    }

    private void AddGpt2()
    {
        if (config.Flag("scale_attn_by_inverse_layer_idx", false) || !config.Flag("scale_attn_weights", true))
        {
            throw config.Error("scales attention otherwise than llama.cpp's gpt2");
        }

        CheckActivation("activation_function", "gelu_new", _gelu);
        int hidden = config.Number("n_embd");
        AddSize(hidden, config.Number("n_inner", 4 * hidden), config.LayerCount("n_layer"), config.Number("n_head"));
        Real("attention.layer_norm_epsilon", config.Real("layer_norm_epsilon", 1e-5));
    }

    private void AddGptNeoX()
    {
        CheckActivation("hidden_act", "gelu", _gelu);
        if (!config.Flag("attention_bias", true))
        {
            throw config.Error("has attention without biases, which llama.cpp's gptneox must have");
        }

        int hidden = config.Number("hidden_size");
        int heads = config.Number("num_attention_heads");
        AddSize(hidden, config.Number("intermediate_size"), config.LayerCount("num_hidden_layers"), heads);
        var rotary = GptNeoX.PositionsOf(config, hidden / heads);
        Number("rope.dimension_count", rotary.Size);
        new RotaryMetadata(config, architecture, writer).Add(rotary);
        writer.Flag($"{architecture}.use_parallel_residual", config.Flag("use_parallel_residual", true));
        Real("attention.layer_norm_epsilon", config.Real("layer_norm_eps", 1e-5));
    }

    private void AddMpt()
    {
        var shape = MptShape.FromConfig(config);
        if (shape.Scale is not null)
        {
            throw config.Error("has a softmax_scale of its own, which llama.cpp's mpt has not");
        }

        AddSize(shape.Hidden, shape.Inner, shape.Layers, shape.Heads);
        Real("attention.layer_norm_epsilon", shape.Epsilon);
        Real("attention.max_alibi_bias", shape.LargestBias);
        if (shape.Clip is { } clip)
        {
            Real("attention.clamp_kqv", clip);
        }
    }
}

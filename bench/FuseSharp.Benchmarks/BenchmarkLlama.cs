using System.Text.Json.Nodes;
using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>A Llama of a benchmark's size with random weights.</summary>
/// <param name="Vocabulary">Rows of embedding and head.</param>
/// <param name="Hidden">Width.</param>
/// <param name="Inner">Width inside the feed-forward part.</param>
/// <param name="Layers">How many.</param>
/// <param name="Heads">Of each layer's attention.</param>
/// <param name="Length">Longest sequence, tokens.</param>
internal sealed record BenchmarkLlama(int Vocabulary, int Hidden, int Inner, int Layers, int Heads, int Length)
{
    public ModelConfig Config => ModelConfig.From(new JsonObject
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["vocab_size"] = Vocabulary,
        ["hidden_size"] = Hidden,
        ["intermediate_size"] = Inner,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads,
        ["max_position_embeddings"] = Length,
    }, "benchmark");

    public CausalModel Create(ScalarType type, long seed = 1) => ModelFactory.Create(Config, seed, type, CPU);

    /// <summary>Saves it as float32.</summary>
    /// <param name="folder">Made.</param>
    /// <param name="tokenizer">Folder of the tokenizer that goes with it; null for none.</param>
    /// <param name="seed">Of its weights.</param>
    /// <returns><paramref name="folder"/>.</returns>
    public string Write(string folder, string? tokenizer, long seed = 1)
    {
        Directory.CreateDirectory(folder);
        using var model = Create(ScalarType.Float32, seed);
        ModelFolder.Save(model, folder, ScalarType.Float32);
        if (tokenizer is not null)
        {
            TokenizerFolder.Copy(tokenizer, folder);
        }

        return folder;
    }
}

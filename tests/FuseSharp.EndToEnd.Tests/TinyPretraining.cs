using System.Globalization;
using System.Text.Json;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A Llama of two blocks, 32 wide, and made-up texts to pretrain it on: 24 steps of two blocks an epoch.</summary>
internal sealed class TinyPretraining : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public TinyPretraining()
    {
        File.WriteAllText(_folder.At("config.json"), """
            {"architectures": ["LlamaForCausalLM"], "vocab_size": 3072, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64, "tie_word_embeddings": true, "torch_dtype": "float32"}
            """);
        Directory.CreateDirectory(_folder.At("texts"));
        var random = new Random(1);
        string[] words = ["reads", "a", "row", "table", "column", "value", "returns", "the", "name", "of"];
        for (int i = 0; i < 48; i++)
        {
            string text = string.Join(' ', Enumerable.Range(0, 62).Select(_ => words[random.Next(words.Length)]));
            File.WriteAllText(_folder.At(Path.Combine("texts", i.ToString("D3", CultureInfo.InvariantCulture) + ".txt")), text);
        }
    }

    /// <summary>The command.</summary>
    public string[] Command(string output, params string[] options) =>
    [
        "pretrain", "--config", At("config.json"), "--tokenizer", TinyFusion.Model("data"), "--texts", At("texts"), "--block-length", "64", "--set", "train.batch_size=2",
        "--set", "train.learning_rate=0.01", "--set", "train.checkpoint_every=2", "--output", At(output), .. options,
    ];

    public string At(string name) => _folder.At(name);

    /// <summary>The loss of every step.</summary>
    public double[] Losses(string output)
        => [.. File.ReadLines(At(Path.Combine(output, "log.jsonl"))).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("loss").GetDouble())];

    public void Dispose() => _folder.Dispose();
}

using FuseSharp.Errors;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Networks;

/// <summary>Keys of generation_config.json.</summary>
public sealed class GenerationKeysTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"_from_model_config": true, "eos_token_id": [3, 4], "temperature": 0.6, "top_p": 0.9, "do_sample": true, "max_new_tokens": 20, "transformers_version": "5.24.0"}""", null)]
    [InlineData("""{"num_beams": 1, "no_repeat_ngram_size": 0, "suppress_tokens": null, "bad_words_ids": [], "never_heard_of": false}""", null)]
    [InlineData("""{"num_beams": 4, "suppress_tokens": [5], "temperature": 1.5}""", "'num_beams', 'suppress_tokens'")]
    [InlineData("""{"stop_strings": ["."], "sequence_bias": [[[1], -9.0]]}""", "'sequence_bias', 'stop_strings'")]
    public void Keys_WithoutAnOptionHere_AreWarnedAbout(string keys, string? named)
    {
        File.WriteAllText(_folder.At("config.json"), """
            {"architectures": ["LlamaForCausalLM"], "vocab_size": 20, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 16,
            "num_beams": 1, "no_repeat_ngram_size": 0}
            """);
        File.WriteAllText(_folder.At("generation_config.json"), keys);
        var told = new List<string>();
        void Tell(string text)
        {
            lock (told)
            {
                told.Add(text);
            }
        }

        Warnings.Raised += Tell;
        ModelFactory.Create(ModelConfig.Read(_folder.Path), ScalarType.Float32).Dispose();
        Warnings.Raised -= Tell;

        string[] own = [.. told.Where(t => t.Contains(_folder.Path, StringComparison.Ordinal))];
        Assert.Equal(named is null ? [] : new[] { $"'{_folder.At("generation_config.json")}' has keys that are not known here and not used: {named}." }, own);
    }
}

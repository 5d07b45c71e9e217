using FuseSharp.Errors;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Networks;

/// <summary>Messages about a GGUF file name its own keys, and no config.json.</summary>
public sealed class GgufKeyNamesTests
{
    [Theory]
    [InlineData(4, 3, 128, 1e-5f, 10000f, "llama.attention.head_count_kv of 3")]
    [InlineData(4, 2, 20_000_000, 1e-5f, 10000f, "has 'llama.context_length' 20000000, expected 1 to 16777216")]
    [InlineData(4, 2, 128, 1e-5f, -1f, "llama.rope.freq_base above 0")]
    public void Create_MetadataThatDoNotFit_AreNamedAsTheyStandInTheFile(int heads, int shared, int context, float epsilon, float theta, string expected)
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("m.gguf", new GgufBuilder().Text("general.architecture", "llama").Number("llama.embedding_length", 32).Number("llama.block_count", 1).Number("llama.feed_forward_length", 32)
            .Number("llama.attention.head_count", (uint)heads).Number("llama.attention.head_count_kv", (uint)shared).Number("llama.context_length", (uint)context)
            .Real("llama.attention.layer_norm_rms_epsilon", epsilon).Real("llama.rope.freq_base", theta).Tensor("token_embd.weight", [8, 32], new float[256]).Build());

        var error = Assert.Throws<ModelException>(() =>
        {
            using var model = ModelFactory.Create(ModelConfig.Read(path), 1, ScalarType.Float32, CPU);
            _ = model.Config.ContextLength;
        });

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("config.json", error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"'{path}' ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("get it again, or take the model as a Hugging Face folder.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FewerRowsThanTokens_SpeaksOfTheFile()
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("m.gguf", TinyGguf.Build());
        byte[] damaged = File.ReadAllBytes(path);
        int name = damaged.AsSpan().IndexOf("blk.0.attn_q.weight"u8);
        "blk.0.attn_x.weight"u8.CopyTo(damaged.AsSpan(name));
        File.WriteAllBytes(path, damaged);

        var error = Assert.Throws<ModelException>(() => LanguageModel.Load("m", path, ScalarType.Float32, CPU));

        Assert.DoesNotContain("config.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("attn_x", error.Message, StringComparison.Ordinal);
    }
}

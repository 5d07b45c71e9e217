using System.Text.Json.Nodes;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Tests.Checkpoints;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Networks;

public sealed class ModelFolderTests
{
    /// <summary>Small models of every architecture, made here: they need no golden.</summary>
    public static TheoryData<string> Architectures => ["LlamaForCausalLM", "MistralForCausalLM", "MixtralForCausalLM", "Qwen2ForCausalLM", "MptForCausalLM", "MPTForCausalLM", "GPTNeoXForCausalLM", "GPT2LMHeadModel"];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void SaveAndLoad_GivesTheSameBits(string architecture)
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = Make(folder, architecture);
        foreach (var (type, shardBytes) in new[] { (ScalarType.Float32, ModelFolder.DefaultShardBytes), (ScalarType.Float32, 3000L), (ScalarType.BFloat16, ModelFolder.DefaultShardBytes) })
        {
            // Sharded over single and back: what the one left behind must not be read with the other.
            ModelFolder.Save(model, folder.Path, type, shardBytes);
            using var loaded = ModelFolder.Load(folder.Path, type, CPU);
            foreach (var ((name, a), (_, b)) in model.named_parameters().Zip(loaded.named_parameters()))
            {
                Assert.True(a.to(type).equal(b).all().item<bool>(), name);
            }

            byte[][] files = Files(folder);
            Assert.Equal(shardBytes > 3000, files.Length == 1);
            ModelFolder.Save(loaded, folder.Path, type, shardBytes);
            Assert.Equal(files, Files(folder));
        }
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("llama-mha-bin")]
    [InlineData("llama-mha-bin-sharded")]
    [InlineData("llama-mha-sharded")]
    [InlineData("llama-mha-bf16")]
    public void Load_AnotherContainer_GivesTheSameWeights(string name)
    {
        var type = name.EndsWith("bf16", StringComparison.Ordinal) ? ScalarType.BFloat16 : ScalarType.Float32;
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(SharedData.Path("golden", "models", name), type, CPU);
        using var single = ModelFolder.Load(SharedData.Path("golden", "models", "llama-mha"), ScalarType.Float32, CPU);

        Assert.Equal(type, model.Config.StorageType);
        foreach (var ((key, a), (_, b)) in model.named_parameters().Zip(single.named_parameters()))
        {
            Assert.True(a.equal(b.to(type)).all().item<bool>(), key);
        }
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Golden_HasNoOtherContainers()
        => Assert.Equal(
            ["llama-mha-bf16", "llama-mha-bin", "llama-mha-bin-sharded", "llama-mha-sharded"],
            Directory.GetDirectories(SharedData.Path("golden", "models")).Where(f => !File.Exists(Path.Combine(f, "golden.safetensors"))).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("hidden_size", "17", "has the shape")]
    [InlineData("vocab_size", "2147483647", "vocab_size")]
    [InlineData("num_hidden_layers", "16000000", "num_hidden_layers")]
    [InlineData("num_hidden_layers", "-1", "num_hidden_layers")]
    [InlineData("num_hidden_layers", "3", "lacks the tensor")]
    [InlineData("num_hidden_layers", "1", "no place for")]
    [InlineData("vocab_size", "9", "has the shape")]
    [InlineData("architectures", "[\"BertForMaskedLM\"]", "BertForMaskedLM")]
    [InlineData("architectures", "[7]", "neither architectures nor a model_type")]
    [InlineData("num_key_value_heads", "3", "does not divide")]
    [InlineData("hidden_act", "\"mish\"", "mish")]
    [InlineData("rope_scaling", "{\"rope_type\":\"ntk\",\"factor\":2}", "'ntk'")]
    [InlineData("rope_scaling", "{\"rope_type\":\"linear\",\"factor\":0}", "rope settings")]
    public void Load_AConfigThatDoesNotFit_IsRefused(string key, string value, string expected)
    {
        using var folder = new ScratchFolder();
        using var model = Make(folder, "LlamaForCausalLM");
        ModelFolder.Save(model, folder.Path, ScalarType.Float32);
        var config = JsonNode.Parse(File.ReadAllText(folder.At("config.json")))!;
        config[key] = JsonNode.Parse(value);
        File.WriteAllText(folder.At("config.json"), config.ToJsonString());

        Refusal.Check(folder.Path, expected, () => ModelFolder.Load(folder.Path, ScalarType.Float32, CPU));
    }

    internal static CausalModel Make(ScratchFolder folder, string architecture)
    {
        File.WriteAllText(folder.At("config.json"), new JsonObject
        {
            ["architectures"] = new JsonArray(architecture),
            ["vocab_size"] = 13,
            ["hidden_size"] = 16,
            ["intermediate_size"] = 24,
            ["num_hidden_layers"] = 2,
            ["num_attention_heads"] = 4,
            ["num_key_value_heads"] = 2,
            ["max_position_embeddings"] = 32,
            ["sliding_window"] = 4,
            ["num_local_experts"] = 3,
            ["rotary_pct"] = 0.5,
            ["d_model"] = 16,
            ["n_heads"] = 4,
            ["n_layers"] = 2,
            ["attn_config"] = new JsonObject { ["alibi"] = true },
            ["n_embd"] = 16,
            ["n_head"] = 4,
            ["n_layer"] = 2,
        }.ToJsonString());
        return ModelFactory.Create(ModelConfig.Read(folder.Path), 7, ScalarType.Float32, CPU);
    }

    private static byte[][] Files(ScratchFolder folder)
        => [.. Directory.GetFiles(folder.Path, "*.safetensors*").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
}

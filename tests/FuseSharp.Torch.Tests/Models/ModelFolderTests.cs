using System.Text.Json.Nodes;
using FuseSharp.Testing;
using FuseSharp.Torch.Models;
using FuseSharp.Torch.Tests.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Tests.Models;

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
    [InlineData("architectures", "[7]", "no architecture")]
    [InlineData("num_key_value_heads", "3", "does not divide")]
    [InlineData("hidden_act", "\"mish\"", "mish")]
    [InlineData("rope_scaling", "{\"rope_type\":\"yarn\",\"factor\":2}", "yarn")]
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

    [Fact]
    public void Load_AGguf_UndoesItsOrderOfRows()
    {
        // llama.cpp stores the rows of a head as pairs: 0, 2, 1, 3 for a head of four.
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        float[] q = [.. Enumerable.Range(0, 64).Select(i => (float)i)];
        string path = folder.Write("m.gguf", Gguf(q, []).Build());

        using var model = ModelFolder.Load(path, ScalarType.Float32, CPU);

        var loaded = model.named_parameters().Single(p => p.name == "model.layers.0.self_attn.q_proj.weight").parameter;
        Assert.Equal([0f, 16, 8, 24, 32, 48, 40, 56], loaded.narrow(1, 0, 1).flatten().data<float>().ToArray());
        Assert.Equal(("LlamaForCausalLM", 12, 0.25), (model.Config.Architecture, model.Config.VocabularySize, model.Config.Real("rms_norm_eps", 0)));
        using var saved = new ScratchFolder();
        ModelFolder.Save(model, saved.Path, ScalarType.Float32);
        using var again = ModelFolder.Load(saved.Path, ScalarType.Float32, CPU);
        Assert.True(model.Logits(tensor(new long[,] { { 1, 2, 3 } })).equal(again.Logits(tensor(new long[,] { { 1, 2, 3 } }))).all().item<bool>());
    }

    [Theory]
    [InlineData(1, "llama3")]
    [InlineData(3, null)]
    public void Load_AGgufWithFrequencyFactors_KnowsThoseOfLlama3(float highest, string? kind)
    {
        // Heads of four with base 10,000 have wavelengths 6 and 628: far below 8192/4, so Llama 3's divisors are all 1.
        using var folder = new ScratchFolder();
        string path = folder.Write("m.gguf", Gguf(new float[64], [1, highest]).Build());
        if (kind is null)
        {
            Refusal.Check(path, "another rope scaling", () => ModelConfig.Read(path));
            return;
        }

        Assert.Equal(kind, (string?)ModelConfig.Read(path).Json["rope_scaling"]!["rope_type"]);
    }

    [Fact]
    public void Load_AGgufWithAForeignTensor_IsRefused()
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("m.gguf", Gguf(new float[64], []).Tensor("blk.0.ssm_a", [1], [0]).Build());
        Refusal.Check(path, "blk.0.ssm_a", () => ModelFolder.Load(path, ScalarType.Float32, CPU));
    }

    [Fact]
    public void Load_AGgufOfAnotherArchitecture_IsRefused()
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("m.gguf", new GgufBuilder().Text("general.architecture", "mamba").Build());
        Refusal.Check(path, "mamba", () => ModelFolder.Load(path, ScalarType.Float32, CPU));
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

    private static GgufBuilder Gguf(float[] q, float[] frequencyFactors)
    {
        var builder = new GgufBuilder().Text("general.architecture", "llama").Number("llama.embedding_length", 8).Number("llama.block_count", 1)
            .Number("llama.feed_forward_length", 4).Number("llama.attention.head_count", 2).Number("llama.context_length", 64).Real("llama.attention.layer_norm_rms_epsilon", 0.25f)
            .Tensor("token_embd.weight", [12, 8], new float[96]).Tensor("output_norm.weight", [8], new float[8])
            .Tensor("blk.0.attn_norm.weight", [8], new float[8]).Tensor("blk.0.ffn_norm.weight", [8], new float[8]).Tensor("blk.0.attn_q.weight", [8, 8], q)
            .Tensor("blk.0.ffn_gate.weight", [4, 8], new float[32]).Tensor("blk.0.ffn_up.weight", [4, 8], new float[32]).Tensor("blk.0.ffn_down.weight", [8, 4], new float[32]);
        foreach (string name in new[] { "attn_k", "attn_v", "attn_output" })
        {
            builder.Tensor($"blk.0.{name}.weight", [8, 8], new float[64]);
        }

        return frequencyFactors.Length == 0 ? builder : builder.Tensor("rope_freqs.weight", [(ulong)frequencyFactors.Length], frequencyFactors);
    }
}

using FuseSharp.Errors;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Tests.Checkpoints;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Networks;

public sealed class GgufModelTests
{
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

    [Fact]
    public void Load_AGgufWithExperts_IsMixtral()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        float[] Numbers(int first) => [.. Enumerable.Range(first, 96).Select(i => (float)i)];
        var builder = Head("llama").Number("llama.expert_count", 3).Number("llama.expert_used_count", 2).Tensor("blk.0.ffn_gate_inp.weight", [3, 8], new float[24])
            .Tensor("blk.0.ffn_gate_exps.weight", [3, 4, 8], Numbers(0)).Tensor("blk.0.ffn_up_exps.weight", [3, 4, 8], Numbers(100)).Tensor("blk.0.ffn_down_exps.weight", [3, 8, 4], Numbers(200));
        using var model = ModelFolder.Load(folder.Write("m.gguf", Attention(builder, new float[64]).Build()), ScalarType.Float32, CPU);

        Assert.Equal("MixtralForCausalLM", model.Config.Architecture);
        Assert.Equal(32, Weight(model, "block_sparse_moe.experts.1.w1.weight")[0, 0].item<float>());
        Assert.Equal(164, Weight(model, "block_sparse_moe.experts.2.w3.weight")[0, 0].item<float>());
        Assert.Equal(236, Weight(model, "block_sparse_moe.experts.1.w2.weight")[1, 0].item<float>());
    }

    [Fact]
    public void Load_AQwenGguf_KeepsItsOrderOfRowsAndBiases()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        float[] q = [.. Enumerable.Range(0, 64).Select(i => (float)i)];
        var builder = Attention(FeedForward(Head("qwen2")), q);
        foreach (string name in new[] { "attn_q", "attn_k", "attn_v" })
        {
            builder.Tensor($"blk.0.{name}.bias", [8], [1, 2, 3, 4, 5, 6, 7, 8]);
        }

        using var model = ModelFolder.Load(folder.Write("m.gguf", builder.Build()), ScalarType.Float32, CPU);

        Assert.Equal("Qwen2ForCausalLM", model.Config.Architecture);
        Assert.Equal(q, Weight(model, "self_attn.q_proj.weight").flatten().data<float>().ToArray());
        Assert.Equal([1f, 2, 3, 4, 5, 6, 7, 8], Weight(model, "self_attn.k_proj.bias").data<float>().ToArray());
    }

    [Fact]
    public void Load_EveryChangedByteOfTheHead_IsRefusedOrRead()
    {
        // No change may lead to another exception, to much memory or to reading outside the file.
        using var folder = new ScratchFolder();
        byte[] whole = TinyGguf.Build();
        int head = whole.Length - (4 * ((267 * 32) + (3 * 32) + (7 * 32 * 32)));
        for (int i = 0; i < head; i += i < 400 || i > head - 400 ? 5 : 211)
        {
            byte[] changed = [.. whole];
            changed[i] ^= (byte)(i % 2 == 0 ? 0xff : 0x10);
            string path = folder.Write("changed.gguf", changed);
            foreach (var read in new Action[] { () => TokenizerFolder.Load(path).Encode("ab c"), () => ModelFolder.Load(path, ScalarType.Float32, CPU).Dispose() })
            {
                try
                {
                    read();
                }
                catch (ModelException fault)
                {
                    Assert.DoesNotContain('\n', fault.Message);
                }
            }
        }
    }

    private static Parameter Weight(CausalModel model, string name) => model.named_parameters().Single(p => p.name == "model.layers.0." + name).parameter;

    private static GgufBuilder Gguf(float[] q, float[] frequencyFactors)
    {
        var builder = Attention(FeedForward(Head("llama")), q);
        return frequencyFactors.Length == 0 ? builder : builder.Tensor("rope_freqs.weight", [(ulong)frequencyFactors.Length], frequencyFactors);
    }

    private static GgufBuilder Head(string kind)
        => new GgufBuilder().Text("general.architecture", kind).Number($"{kind}.embedding_length", 8).Number($"{kind}.block_count", 1)
            .Number($"{kind}.feed_forward_length", 4).Number($"{kind}.attention.head_count", 2).Number($"{kind}.context_length", 64).Real($"{kind}.attention.layer_norm_rms_epsilon", 0.25f)
            .Tensor("token_embd.weight", [12, 8], new float[96]).Tensor("output_norm.weight", [8], new float[8])
            .Tensor("blk.0.attn_norm.weight", [8], new float[8]).Tensor("blk.0.ffn_norm.weight", [8], new float[8]);

    private static GgufBuilder FeedForward(GgufBuilder builder)
        => builder.Tensor("blk.0.ffn_gate.weight", [4, 8], new float[32]).Tensor("blk.0.ffn_up.weight", [4, 8], new float[32]).Tensor("blk.0.ffn_down.weight", [8, 4], new float[32]);

    private static GgufBuilder Attention(GgufBuilder builder, float[] q)
    {
        builder.Tensor("blk.0.attn_q.weight", [8, 8], q);
        foreach (string name in new[] { "attn_k", "attn_v", "attn_output" })
        {
            builder.Tensor($"blk.0.{name}.weight", [8, 8], new float[64]);
        }

        return builder;
    }
}

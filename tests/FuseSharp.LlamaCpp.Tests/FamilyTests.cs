using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Export;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.LlamaCpp.Tests;

/// <summary>Exports of further families, of the goldens that transformers 5 saved: what llama.cpp answers against what the model answers here, and what is refused.</summary>
public sealed class FamilyTests
{
    private const string Yarn = """{"rope_parameters":{"rope_type":"yarn","rope_theta":150000,"factor":4,"original_max_position_embeddings":64,"beta_fast":32,"beta_slow":1}}""";

    private const string LlamaYarn = """{"rope_parameters":{"rope_type":"yarn","rope_theta":10000,"factor":4,"original_max_position_embeddings":64,"mscale":1.5,"mscale_all_dim":0.6}}""";

    // llama.cpp takes factors by the length of its context, which is never below 256.
    private const string Short = """{"original_max_position_embeddings":256,"max_position_embeddings":1024}""";

    private readonly ITestOutputHelper _output;

    public FamilyTests(ITestOutputHelper output) => _output = output;

    /// <summary>Goldens, with the settings that make them what llama.cpp knows, and how long the texts are.</summary>
    public static TheoryData<string, string?, int> Known => new()
    {
        { "qwen3", null, 48 },
        { "qwen3-tied", null, 48 },
        { "qwen3-moe", null, 48 },
        { "qwen3-yarn-factor-beside-ratio", null, 80 },
        { "qwen2-yarn-no-truncate", """{"rope_parameters":{"rope_type":"yarn","rope_theta":10000,"factor":4,"original_max_position_embeddings":64}}""", 100 },
        { "gemma2", """{"query_pre_attn_scalar":16}""", 48 },
        { "gemma3-text", """{"query_pre_attn_scalar":16}""", 48 },
        { "gemma3-text-linear-rope", null, 48 },
        { "phi3-partial-window8", """{"sliding_window":null}""", 48 },
        { "phi3-longrope", Short, 48 },
        { "phi3-longrope", null, 100 },
        { "phi3-longrope-partial", Short, 48 },
        { "phi3-longrope-partial", null, 100 },
        { "phi3-longrope-attention-factor", null, 100 },
        { "smollm3", """{"no_rope_layers":[1,1,1,0]}""", 48 },
        { "olmo2", null, 48 },
        { "olmo3", null, 48 },
        { "olmo3-yarn", null, 100 },
        { "granite", null, 48 },
        { "llama-yarn", null, 100 },
        { "llama-yarn-attention-factor", """{"rope_parameters":{"rope_type":"yarn","rope_theta":10000,"factor":4,"original_max_position_embeddings":64,"attention_factor":1.3}}""", 100 },
        { "llama-yarn-mscale", LlamaYarn, 100 },
        { "mistral-v5", """{"sliding_window":null}""", 48 },
        { "mixtral-v5", null, 48 },
        { "starcoder2", """{"sliding_window":null}""", 48 },
        { "stablelm", null, 48 },
        { "stablelm-parallel-qk-norm", null, 48 },
        { "cohere2", null, 48 },
        { "glm4", null, 48 },
        { "gpt-oss", Yarn, 100 },
        { "gpt-neox-v5", null, 48 },
        { "gpt-neox-v5-sequential", null, 48 },
    };

    /// <summary>Goldens with what llama.cpp has not, and a word of the reason.</summary>
    public static TheoryData<string, string> Unknown => new()
    {
        { "qwen2-window8-v5", "sliding window of 8" },
        { "mistral-v5", "sliding window of 8" },
        { "starcoder2", "sliding window of 8" },
        { "phi3-partial-window8", "sliding window of 8" },
        { "qwen2-yarn-no-truncate", "'truncate' false" },
        { "gpt-oss", "'truncate' false" },
        { "llama-yarn-attention-factor", "beta_fast 4, beta_slow 0.5" },
        { "llama-yarn-mscale", "beta_fast 4, beta_slow 0.5" },
        { "qwen3-moe-mixed", "layers without experts" },
        { "gemma2", "query_pre_attn_scalar" },
        { "gemma3-text", "query_pre_attn_scalar" },
        { "smollm3", "layer 1 without rotary positions" },
        { "deepseek-v2-lite", "has 3 layers" },
    };

    [Theory(Skip = LlamaCppLibrary.MissingReason, SkipWhen = nameof(LlamaCppLibrary.IsMissing), SkipType = typeof(LlamaCppLibrary))]
    [MemberData(nameof(Known))]
    public void Logits_GoldenFamily_AreOursAndSoAreGreedyTokens(string name, string? settings, int tokens)
    {
        Assert.SkipUnless(GoldenSet.Has("families", name), SharedData.MissingReason);
        using var exported = ExportedModel.OfFamily(name, settings);

        AssertSame(exported, tokens);
    }

    [Theory]
    [MemberData(nameof(Unknown))]
    public void Export_WhatLlamaCppHasNot_IsRefused(string name, string reason)
    {
        Assert.SkipUnless(GoldenSet.Has("families", name), SharedData.MissingReason);

        var fault = Assert.Throws<ModelException>(() => ExportedModel.OfFamily(name));

        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    // The golden has 3 layers, by whose number llama.cpp knows the model.
    [Fact(Skip = LlamaCppLibrary.MissingReason, SkipWhen = nameof(LlamaCppLibrary.IsMissing), SkipType = typeof(LlamaCppLibrary))]
    public void Logits_DeepSeekOf27Layers_AreOurs()
    {
        Assert.SkipUnless(GoldenSet.Has("families", "deepseek-v2-lite"), SharedData.MissingReason);
        using var scratch = new ScratchFolder();
        string folder = ModelCopy.Make(GoldenSet.Path("families", "deepseek-v2-lite"), scratch.At("model"),
            """{"num_hidden_layers":27,"rope_parameters":{"rope_type":"yarn","rope_theta":10000,"factor":4,"original_max_position_embeddings":64,"beta_fast":4,"beta_slow":0.5,"mscale":0.6,"mscale_all_dim":0.6}}""");
        using (var noGradient = no_grad())
        using (var model = ModelFactory.Create(ModelConfig.Read(folder), ScalarType.Float32))
        {
            var generator = new Generator(5, CPU);
            foreach (var (name, weight) in model.named_parameters())
            {
                weight.copy_(name.Contains("norm", StringComparison.Ordinal) ? rand(weight.shape, generator: generator).add(0.5) : randn(weight.shape, generator: generator).mul(0.15));
            }

            Directory.CreateDirectory(scratch.At("saved"));
            ModelFolder.Save(model, scratch.At("saved"), ScalarType.Float32);
            File.Copy(scratch.At("saved/model.safetensors"), Path.Combine(folder, "model.safetensors"), overwrite: true);
        }

        using var exported = ExportedModel.Of(folder, ExportType.F32);

        AssertSame(exported, 100);
    }

    private void AssertSame(ExportedModel exported, int tokens)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(exported.Folder, ScalarType.Float32, CPU);
        using var llamaCpp = LlamaCppModel.Load(exported.File, tokens);
        if (TabledGelu.IsOf(model))
        {
            TabledGelu.Put(model);
        }

        int[] ids = [.. Enumerable.Range(0, tokens).Select(i => i * 37 % model.Config.VocabularySize)];

        var ours = model.Logits(tensor(ids, [1, tokens], ScalarType.Int64))[0];
        var theirs = tensor(llamaCpp.Logits(ids).SelectMany(l => l).ToArray(), [tokens, model.Config.VocabularySize]);

        float distance = (theirs - ours).abs().max().item<float>();
        _output.WriteLine(FormattableString.Invariant($"{distance:e2} of {ours.abs().max().item<float>():f2}, {(theirs - ours).norm().item<float>() / ours.norm().item<float>():e2}"));
        // With GELU what is left are numbers that one of both rounds to the next float16 before it looks them up.
        Assert.InRange(TabledGelu.IsOf(model) ? (theirs - ours).norm().item<float>() / ours.norm().item<float>() : distance, 0, TabledGelu.IsOf(model) ? TabledGelu.Tolerance : 1e-3);
        int[] prompt = ids[..(tokens - 16)];
        Assert.Equal(Greedy(model, prompt, 16), llamaCpp.Continue(prompt, 16));
    }

    private static int[] Greedy(CausalModel model, int[] prompt, int count)
    {
        List<int> ids = [.. prompt];
        for (int i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            ids.Add((int)model.Logits(tensor(ids.ToArray(), [1, ids.Count], ScalarType.Int64))[0, -1].argmax().item<long>());
        }

        return [.. ids.Skip(prompt.Length)];
    }
}

using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Export;
using FuseSharp.Progress;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Gguf;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Export;

public sealed class ExportStageTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ExportType.F32, 0)]
    [InlineData(ExportType.F16, 0.01)]
    [InlineData(ExportType.Q8, 0.05)]
    public void Run_DemoModel_ReadsBackWithTheSameLogitsAndTokens(ExportType type, double tolerance)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        string model = Asset("data");
        string file = Export(model, type);
        using var original = ModelFolder.Load(model, ScalarType.Float32, CPU);
        using var exported = ModelFolder.Load(file, ScalarType.Float32, CPU);
        var before = TokenizerFolder.Load(model);
        var after = TokenizerFolder.Load(file);
        string text = File.ReadAllText(Path.Combine(Root(), "README.md"))[..4000];

        int[] ids = before.Encode(text).Ids;
        Assert.Equal(ids, after.Encode(text).Ids);
        Assert.Equal(before.Vocabulary, after.Vocabulary);
        Assert.Equal((before.EndOfTextId, before.AddsBeginningOfText), (after.EndOfTextId, after.AddsBeginningOfText));
        var input = tensor(ids.Take(64).ToArray(), [1, 64], ScalarType.Int64);
        var expected = original.Logits(input);
        double distance = (exported.Logits(input) - expected).norm().item<float>() / expected.norm().item<float>();
        Assert.InRange(distance, 0, tolerance);
    }

    [Fact]
    public void Run_ByteLevelModel_NamesItsSplitterAndMerges()
    {
        string model = Asset("web");

        var file = GgufFile.Read(Export(model, ExportType.F16));

        Assert.Equal(("mpt", "gpt2", "gpt-2"), (file.Text("general.architecture"), file.Text("tokenizer.ggml.model"), file.Text("tokenizer.ggml.pre")));
        Assert.Equal(ModelConfig.Read(model).VocabularySize, file.Texts("tokenizer.ggml.tokens")!.Length);
        Assert.NotEmpty(file.Texts("tokenizer.ggml.merges")!);
        Assert.Equal(8.0, file.Real("mpt.attention.max_alibi_bias"));
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("llama-mha")]
    [InlineData("llama-linear-rope-bias")]
    [InlineData("mixtral-4x-top2")]
    [InlineData("qwen2")]
    [InlineData("gpt2")]
    [InlineData("gpt-neox")]
    [InlineData("mpt-alibi")]
    [InlineData("mpt-6heads-clip")]
    public void Run_OlderFamily_ReadsBackWithTheSameLogits(string name)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        string model = Copy(GoldenSet.Path("models", name));
        using var original = ModelFolder.Load(model, ScalarType.Float32, CPU);
        using var exported = ModelFolder.Load(Export(model, ExportType.F32), ScalarType.Float32, CPU);
        var input = arange(40, ScalarType.Int64).unsqueeze(0);

        double distance = (exported.Logits(input) - original.Logits(input)).abs().max().item<float>();

        Assert.InRange(distance, 0, 1e-4);
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("qwen3")]
    [InlineData("qwen3-tied")]
    [InlineData("qwen3-moe")]
    [InlineData("qwen3-yarn-factor-beside-ratio")]
    [InlineData("gemma2", """{"query_pre_attn_scalar":16}""")]
    [InlineData("gemma3-text", """{"query_pre_attn_scalar":16}""")]
    [InlineData("gemma3-text-linear-rope")]
    [InlineData("phi3-partial-window8", """{"sliding_window":null}""")]
    [InlineData("phi3-longrope")]
    [InlineData("phi3-longrope-partial")]
    [InlineData("phi3-longrope-attention-factor")]
    [InlineData("smollm3", """{"no_rope_layers":[1,1,1,0]}""")]
    [InlineData("olmo2")]
    [InlineData("olmo3")]
    [InlineData("olmo3-yarn")]
    [InlineData("granite")]
    [InlineData("llama-yarn")]
    [InlineData("llama-yarn", """{"rope_parameters":{"rope_type":"yarn","rope_theta":10000,"factor":4,"original_max_position_embeddings":64,"attention_factor":1.3}}""")]
    [InlineData("mistral-v5", """{"sliding_window":null}""")]
    [InlineData("mixtral-v5")]
    [InlineData("starcoder2", """{"sliding_window":null}""")]
    [InlineData("stablelm")]
    [InlineData("stablelm-parallel-qk-norm")]
    [InlineData("cohere2")]
    [InlineData("glm4")]
    [InlineData("gpt-oss", """{"rope_parameters":{"rope_type":"yarn","rope_theta":150000,"factor":4,"original_max_position_embeddings":64,"beta_fast":32,"beta_slow":1}}""")]
    public void Run_Family_ReadsBackWithTheSameLogits(string name, string? settings = null)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        string model = Copy(GoldenSet.Path("families", name), settings);
        using var original = ModelFolder.Load(model, ScalarType.Float32, CPU);
        using var exported = ModelFolder.Load(Export(model, ExportType.F32), ScalarType.Float32, CPU);

        foreach (int tokens in new[] { 40, 100 })
        {
            var input = arange(tokens, ScalarType.Int64).unsqueeze(0);
            double distance = (exported.Logits(input) - original.Logits(input)).abs().max().item<float>();

            Assert.InRange(distance, 0, 1e-4);
        }
    }

    // llama.cpp knows the model by 27 layers, the golden has 3: each is repeated.
    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Run_DeepSeek_ReadsBackWithTheSameLogits()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        string golden = GoldenSet.Path("families", "deepseek-v2-lite");
        string model = Copy(golden, """{"num_hidden_layers":27,"rope_parameters":{"rope_type":"yarn","rope_theta":10000,"factor":4,"original_max_position_embeddings":64,"mscale":0.6,"mscale_all_dim":0.6}}""");
        using (var reader = new SafetensorsReader(Path.Combine(golden, "model.safetensors")))
        {
            var layers = Enumerable.Range(3, 24).SelectMany(i => reader.Names.Where(n => n.StartsWith("model.layers.2.", StringComparison.Ordinal)).Select(n => ($"model.layers.{i}.{n[15..]}", reader.Read(n))));
            SafetensorsWriter.Write(Path.Combine(model, "model.safetensors"), reader.Names.Select(n => (n, reader.Read(n))).Concat(layers));
        }

        using var original = ModelFolder.Load(model, ScalarType.Float32, CPU);
        using var exported = ModelFolder.Load(Export(model, ExportType.F32), ScalarType.Float32, CPU);
        var input = arange(100, ScalarType.Int64).unsqueeze(0);

        Assert.InRange((exported.Logits(input) - original.Logits(input)).abs().max().item<float>(), 0, 1e-4);
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("gpt2", "blk.0.attn_qkv.weight")]
    [InlineData("gpt-neox", "blk.1.attn_qkv.bias")]
    [InlineData("mpt-6heads-clip", "blk.1.ffn_down.weight")]
    public void Run_OtherArchitectures_HaveAllTensors(string name, string tensor)
    {
        string model = Copy(GoldenSet.Path("models", name));
        using var original = ModelFolder.Load(model, ScalarType.Float32, CPU);

        var file = GgufFile.Read(Export(model, ExportType.Q8));

        Assert.Contains(file.Tensors, t => t.Name == tensor);
        Assert.Equal(original.named_parameters().Sum(p => p.parameter.numel()), file.Tensors.Sum(t => t.ElementCount));
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Run_OtherExpertsThanTheConfigCounts_IsRefused()
    {
        string model = Copy(GoldenSet.Path("models", "mixtral-4x-top2"), """{"num_local_experts":5}""");

        var fault = Assert.Throws<ModelException>(() => Export(model, ExportType.F32));

        Assert.Contains("hold 4 tensors such as 'model.layers.0.block_sparse_moe.experts.0.w", fault.Message, StringComparison.Ordinal);
        Assert.Contains("expected 5", fault.Message, StringComparison.Ordinal);
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Run_ExpertsOfDifferentShapes_AreRefused()
    {
        const string Odd = "model.layers.1.block_sparse_moe.experts.2.w1.weight";
        using var scope = NewDisposeScope();
        string model = Copy(GoldenSet.Path("models", "mixtral-4x-top2"));
        using (var reader = new SafetensorsReader(GoldenSet.Path("models", "mixtral-4x-top2", "model.safetensors")))
        {
            SafetensorsWriter.Write(Path.Combine(model, "model.safetensors"), reader.Names.Select(n => (n, n == Odd ? zeros(8, 64) : reader.Read(n))));
        }

        var fault = Assert.Throws<ModelException>(() => Export(model, ExportType.F32));

        Assert.Contains($"'{Odd}' of different shapes", fault.Message, StringComparison.Ordinal);
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Run_RealGguf_KeepsTheMetadataThatMatter()
    {
        string model = SharedData.Path("data", "models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");

        var before = GgufFile.Read(model);
        var after = GgufFile.Read(Export(model, ExportType.Q8));

        foreach (string key in new[] { "general.architecture", "tokenizer.ggml.model", "tokenizer.ggml.pre", "tokenizer.chat_template" })
        {
            Assert.Equal((key, before.Text(key)), (key, after.Text(key)));
        }

        foreach (string key in new[] { "context_length", "embedding_length", "block_count", "feed_forward_length", "attention.head_count", "attention.head_count_kv", "rope.dimension_count" })
        {
            Assert.Equal((key, before.Number("llama." + key)), (key, after.Number("llama." + key)));
        }

        Assert.Equal(before.Texts("tokenizer.ggml.tokens"), after.Texts("tokenizer.ggml.tokens"));
        Assert.Equal(before.Texts("tokenizer.ggml.merges"), after.Texts("tokenizer.ggml.merges"));
        Assert.Equal(before.Numbers("tokenizer.ggml.token_type"), after.Numbers("tokenizer.ggml.token_type"));
        Assert.Equal(before.Number("tokenizer.ggml.eos_token_id"), after.Number("tokenizer.ggml.eos_token_id"));
        Assert.Equal(before.Tensors.Select(t => (t.Name, string.Join(',', t.Shape))).Order(), after.Tensors.Select(t => (t.Name, string.Join(',', t.Shape))).Order());
    }

    [Theory]
    [InlineData("llama-mha", """{"hidden_act":"gelu"}""", "has 'hidden_act' \"gelu\", llama.cpp's llama computes silu")]
    [InlineData("gpt2", """{"activation_function":"relu"}""", "has 'activation_function' \"relu\", llama.cpp's gpt2 computes gelu")]
    [InlineData("gpt-neox", """{"attention_bias":false}""", "has attention without biases")]
    [InlineData("qwen2", """{"rope_scaling":{"rope_type":"llama3","factor":8}}""", "has Llama 3's rope scaling, which llama.cpp's qwen2 has not")]
    [InlineData("gpt-neox", """{"rope_scaling":{"rope_type":"dynamic","factor":2}}""", "has dynamic rope scaling")]
    [InlineData("llama-gqa-tied-llama3rope", """{"tie_word_embeddings":false}""", "lacks the head")]
    [InlineData("llama-mha", """{"vocab_size":200}""", "has 257 tokens, the embedding in config.json only 200 rows")]
    public void Run_WhatLlamaCppHasNot_IsRefused(string name, string settings, string expected)
    {
        Assert.SkipUnless(GoldenSet.Has("models", name), SharedData.MissingReason);
        string model = Copy(GoldenSet.Path("models", name), settings);

        var fault = Assert.Throws<ModelException>(() => Export(model, ExportType.F16));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path, "out.gguf*"));
    }

    [Fact]
    public void Run_ModelOfAnUnknownSplitter_IsRefusedAndNothingIsLeft()
    {
        string model = Copy(Asset("web"));
        string json = Path.Combine(model, "tokenizer.json");
        File.WriteAllText(json, File.ReadAllText(json).Replace("\"use_regex\":true", "\"use_regex\":false", StringComparison.Ordinal).Replace("\"use_regex\": true", "\"use_regex\": false", StringComparison.Ordinal));

        var fault = Assert.Throws<ModelException>(() => Export(model, ExportType.F16));

        Assert.Contains("no name for", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path, "out.gguf*"));
    }

    private string Export(string model, ExportType type)
    {
        string file = _folder.At("out.gguf");
        new ExportStage(SilentProgress.Instance, CancellationToken.None).Run(model, file, type, "test");
        return file;
    }

    private string Copy(string model, string? settings = null) => ModelCopy.Make(model, _folder.At("model"), settings);

    private static string Asset(string name) => Path.Combine(Root(), "assets", "models", name);

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "FuseSharp.slnx")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}

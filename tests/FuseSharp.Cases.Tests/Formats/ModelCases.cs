using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Cases.Tests.Formats;

public sealed class ModelCases
{
    // Right answers were computed in float32 by another engine: they differ in the last digits.
    private const double Tolerance = 2e-4;

    [Theory(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [InlineData("config-duplicate-key")]
    [InlineData("mistral-window-absent")]
    [InlineData("mpt-expansion-ratio")]
    [InlineData("mpt-untied")]
    [InlineData("neox-v5-partial-rotary")]
    [InlineData("no-architectures")]
    [InlineData("qwen2-max-window-layers-0")]
    [InlineData("safetensors-empty-tensor")]
    [InlineData("tied-only-lm-head")]
    [InlineData("peft-alpha-pattern")]
    [InlineData("peft-layers-to-transform")]
    [InlineData("peft-rslora")]
    [InlineData("peft-target-regex")]
    [InlineData("peft-target-suffix")]
    [Case("formats/config-duplicate-key")]
    [Case("formats/mistral-window-absent")]
    [Case("formats/mpt-expansion-ratio")]
    [Case("formats/mpt-untied")]
    [Case("formats/neox-v5-partial-rotary")]
    [Case("formats/no-architectures")]
    [Case("formats/qwen2-max-window-layers-0")]
    [Case("formats/safetensors-empty-tensor")]
    [Case("formats/tied-only-lm-head")]
    [Case("formats/peft-alpha-pattern")]
    [Case("formats/peft-layers-to-transform")]
    [Case("formats/peft-rslora")]
    [Case("formats/peft-target-regex")]
    [Case("formats/peft-target-suffix")]
    public void Folder_GivesTheRightLogits(string name) => CheckLogits($"formats/{name}", CaseFolder.At($"formats/{name}"));

    [Theory(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [InlineData("gguf-plain-control")]
    [InlineData("gguf-kv-heads-array")]
    [InlineData("gguf-rope-factor-without-type")]
    [InlineData("gguf-rope-scale_linear")]
    [InlineData("gguf-spm-unused")]
    [Case("formats/gguf-plain-control")]
    [Case("formats/gguf-kv-heads-array")]
    [Case("formats/gguf-rope-factor-without-type")]
    [Case("formats/gguf-rope-scale_linear")]
    [Case("formats/gguf-spm-unused")]
    public void Gguf_GivesTheRightLogitsAndItsTokenizerIsRead(string name)
    {
        string file = CaseFolder.At($"formats/{name}", "model.gguf");

        CheckLogits($"formats/{name}", file);
        Assert.True(TokenizerFolder.Load(file).Vocabulary.Count > 0);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("formats/peft-adapter-model-bin")]
    public void AdapterModelBin_SaysTheSameAsItsSafetensors()
    {
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(CaseFolder.At("formats/peft-adapter-model-bin"), ScalarType.Float32, CPU);
        using var plain = ModelFolder.Load(CaseFolder.At("formats/peft-adapter-model-bin", "base"), ScalarType.Float32, CPU);
        var ids = arange(12, ScalarType.Int64).unsqueeze(0);

        Assert.True((model.Logits(ids) - plain.Logits(ids)).abs().max().ToDouble() > 0.1);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("formats/peft-modules-to-save")]
    public void ModulesToSave_TakeThePlaceOfTheBases()
    {
        using var scope = NewDisposeScope();
        string folder = CaseFolder.At("formats/peft-modules-to-save");
        using var model = ModelFolder.Load(folder, ScalarType.Float32, CPU);
        using var stored = new SafetensorsReader(Path.Combine(folder, "adapter_model.safetensors"));

        var head = model.named_parameters().Single(p => p.name == "lm_head.weight").parameter;
        Assert.True(allclose(head, stored.Read("base_model.model.lm_head.weight").to(ScalarType.Float32)));
    }

    [Theory(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [InlineData("formats/peft-pissa", "pissa")]
    [InlineData("formats/gguf-split-part", "part 1 of 2")]
    [Case("formats/peft-pissa")]
    [Case("formats/gguf-split-part")]
    public void WhatIsNotSupported_IsRefusedByName(string name, string expected)
    {
        string path = CaseFolder.At(name);
        string message = Assert.Throws<ModelException>(() => ModelFolder.Load(File.Exists(Path.Combine(path, "model.gguf")) ? Path.Combine(path, "model.gguf") : path, ScalarType.Float32, CPU)).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.DoesNotContain("another model", message, StringComparison.Ordinal);
    }

    private static void CheckLogits(string name, string path)
    {
        using var scope = NewDisposeScope();
        using var right = JsonDocument.Parse(File.ReadAllText(CaseFolder.At(name, "right.json")));
        long[] ids = [.. right.RootElement.GetProperty("input_ids")[0].EnumerateArray().Select(i => i.GetInt64())];
        var expected = right.RootElement.EnumerateObject().Single(p => p.Name.StartsWith("right", StringComparison.Ordinal)).Value;
        expected = expected[0].ValueKind == JsonValueKind.Array ? expected[0] : expected;
        using var model = ModelFolder.Load(path, ScalarType.Float32, CPU);
        float[] logits;
        using (no_grad())
        {
            logits = model.Logits(tensor(ids).unsqueeze(0))[0, -1].data<float>().ToArray();
        }

        Assert.All(expected.EnumerateArray().Select((value, i) => (value.GetDouble(), i)), e => Assert.Equal(e.Item1, logits[e.i], Tolerance));
    }
}

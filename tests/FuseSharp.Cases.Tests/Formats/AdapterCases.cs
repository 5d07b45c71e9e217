using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Architectures;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Cases.Tests.Formats;

public sealed class AdapterCases : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("formats/adapter-config-types")]
    public void ValuesOfAnotherType_AreRefusedByKey()
    {
        CaseFolder.CopyTo("formats/adapter-config-types", _folder.Path);
        Directory.CreateDirectory(_folder.At("base"));
        File.Copy(Path.Combine(DemoModels.Path("security"), "config.json"), _folder.At("base/config.json"));

        string message = Assert.Throws<ModelException>(() => AdapterFolder.Load(TinyModel(), _folder.Path)).Message;

        Assert.Contains("has 'bias' false, expected a text", message, StringComparison.Ordinal);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("formats/adapter-without-tokenizer")]
    [Case("clients/adapter-folder-config-json")]
    [Case("clients/export-adapter")]
    public async Task TrainedAdapter_HasNoConfigGoesWithoutTokenizerMergesAndExports()
    {
        string adapter = await TrainAsync();
        Assert.False(File.Exists(Path.Combine(adapter, "config.json")));
        Directory.GetFiles(adapter, "*token*").ToList().ForEach(File.Delete); // as PEFT writes it

        string said = await CommandRun.SucceedAsync("generate", adapter, "--prompt", "The key", "--max-tokens", "8", "--temperature", "0", "--precision", "float32");
        await CommandRun.SucceedAsync("merge", adapter, "--output", _folder.At("merged"));
        await CommandRun.SucceedAsync("export", adapter, "--gguf", _folder.At("adapter.gguf"), "--type", "f32");
        await CommandRun.SucceedAsync("export", _folder.At("merged"), "--gguf", _folder.At("merged.gguf"), "--type", "f32");

        Assert.Equal(said, await CommandRun.SucceedAsync("generate", _folder.At("merged"), "--prompt", "The key", "--max-tokens", "8", "--temperature", "0", "--precision", "float32"));
        Assert.True(File.Exists(_folder.At("merged/config.json")) && File.Exists(_folder.At("merged/tokenizer.json")));
        Assert.InRange(new FileInfo(_folder.At("adapter.gguf")).Length, 1, new FileInfo(_folder.At("merged.gguf")).Length + 1000);
        Assert.Equal(TokenizerFolder.Load(DemoModels.Path("security")).Fingerprint, TokenizerFolder.Load(adapter).Fingerprint);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("clients/peft-exclude-modules")]
    public async Task ExcludedModules_HaveNoAdapter()
    {
        CaseFolder.CopyTo("clients/peft-exclude-modules", _folder.At("adapter"));
        PointToSecurity(_folder.At("adapter"));
        using var expected = JsonDocument.Parse(File.ReadAllText(_folder.At("adapter/expected.json")));
        await CommandRun.SucceedAsync("split", "--models", _folder.At("adapter"), "--texts", $"a={_folder.At("adapter/texts.jsonl")}", "--test", $"a={_folder.At("adapter/texts.jsonl")}", "--set", "split.max_length=512", "--output", _folder.At("texts"));
        await CommandRun.SucceedAsync("represent", "--model", _folder.At("adapter"), "--texts", _folder.At("texts"), "--set", "represent.precision=float32", "--output", _folder.At("rows"));

        Assert.Equal(expected.RootElement.GetProperty("nats").EnumerateArray().Select(n => n.GetDouble()), RepresentationFiles.Read(_folder.At("rows")).Select(r => r.Nats), (a, b) => Math.Abs(a - b) < 0.01);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/lora-alpha-pattern")]
    public async Task AlphaPattern_Counts()
    {
        CaseFolder.CopyTo("work/lora-alpha-pattern", _folder.Path);
        PointToSecurity(_folder.At("adapter"));

        string said = await CommandRun.SucceedAsync("evaluate", _folder.At("adapter"), "--texts", _folder.At("held-out.jsonl"), "--precision", "float32");

        Assert.Contains("2.1351", said, StringComparison.Ordinal);
    }

    // Two data points suffice: each of the fuzzer's inputs named the same fault of its own harness, an adapter laid on twice.
    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("reliability/adapterw")]
    public async Task DamagedWeights_AreReadOrRefused()
    {
        string adapter = await TrainAsync();
        string weights = Path.Combine(adapter, "adapter_model.safetensors");
        byte[] good = File.ReadAllBytes(weights);
        byte[][] inputs = [.. Directory.GetFiles(CaseFolder.At("reliability/adapterw"), "*.bin").Select(File.ReadAllBytes), good[..(good.Length / 2)], good[..100], []];

        foreach (byte[] input in inputs)
        {
            File.WriteAllBytes(weights, input);
            Assert.Throws<ModelException>(() => ModelFolder.Load(adapter, ScalarType.Float32, CPU));
        }
    }

    private static CausalModel TinyModel() => ModelFolder.Load(DemoModels.Path("security"), ScalarType.Float32, CPU);

    private static void PointToSecurity(string adapter)
    {
        string file = Path.Combine(adapter, AdapterBase.ConfigFile);
        File.WriteAllText(file, File.ReadAllText(file).Replace("REPO/", "", StringComparison.Ordinal).Replace("assets/models/security", DemoModels.Path("security"), StringComparison.Ordinal));
        foreach (string token in Directory.GetFiles(DemoModels.Path("security"), "*token*"))
        {
            File.Copy(token, Path.Combine(adapter, Path.GetFileName(token)), overwrite: true);
        }
    }

    private async Task<string> TrainAsync()
    {
        File.WriteAllLines(_folder.At("texts.jsonl"), Enumerable.Range(0, 12).Select(i => JsonSerializer.Serialize(new { text = $"The key number {i} opens the door of the house by the sea." })));
        File.WriteAllText(_folder.At("recipe.yaml"), $$"""
            output: run
            target: {{DemoModels.Path("security")}}
            sources: []
            texts:
              a: {train: texts.jsonl, validation: texts.jsonl, test: texts.jsonl}
            split: {max_length: 64}
            train: {mode: lora, lora: {rank: 4}, fusion: none, learning_rate: 1e-2, epochs: 3}
            """);
        await CommandRun.SucceedAsync("run", _folder.At("recipe.yaml"));
        return Directory.GetDirectories(_folder.At("run/06-train")).Single();
    }
}

using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
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
        LayOn(_folder.At("adapter"), scale: 16.0 / 4, _folder.At("whole"));
        await CommandRun.SucceedAsync("split", "--models", _folder.At("adapter"), "--texts", $"a={_folder.At("adapter/texts.jsonl")}", "--test", $"a={_folder.At("adapter/texts.jsonl")}", "--set", "split.max_length=512", "--output", _folder.At("texts"));
        foreach (string model in new[] { "adapter", "whole" })
        {
            await CommandRun.SucceedAsync("represent", "--model", _folder.At(model), "--texts", _folder.At("texts"), "--set", "represent.precision=float32", "--output", _folder.At($"{model}-rows"));
        }

        double[] Nats(string model) => [.. RepresentationFiles.Read(_folder.At($"{model}-rows")).Select(r => r.Nats)];
        Assert.Equal(Nats("whole"), Nats("adapter"), (a, b) => Math.Abs(a - b) < 0.01);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/lora-alpha-pattern")]
    public async Task AlphaPattern_Counts()
    {
        CaseFolder.CopyTo("work/lora-alpha-pattern", _folder.Path);
        PointToSecurity(_folder.At("adapter"));

        LayOn(_folder.At("adapter"), scale: 64.0 / 4, _folder.At("whole"));
        async Task<string> BitsOf(string model) => (await CommandRun.SucceedAsync("evaluate", model, "--texts", _folder.At("held-out.jsonl"), "--precision", "float32")).Split("bits per byte")[0];

        string said = await BitsOf(_folder.At("adapter"));

        Assert.Equal(await BitsOf(_folder.At("whole")), said);
        Assert.NotEqual(await BitsOf(DemoModels.Path("security")), said);
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

    // What the adapter stands for, worked out by its definition: W + scale · B · A. PEFT's own numbers on fixed weights are in the tests of AdapterFolder.
    private static void LayOn(string adapter, double scale, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(DemoModels.Path("security")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = TinyModel();
        using var stored = new SafetensorsReader(Path.Combine(adapter, "adapter_model.safetensors"));
        var weights = network.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        foreach (string name in stored.Names.Where(n => n.EndsWith(".lora_A.weight", StringComparison.Ordinal)))
        {
            var product = stored.Read(name.Replace("lora_A", "lora_B", StringComparison.Ordinal)).to(ScalarType.Float32).mm(stored.Read(name).to(ScalarType.Float32));
            weights[name["base_model.model.".Length..].Replace(".lora_A", "", StringComparison.Ordinal)].add_(product, alpha: scale);
        }

        ModelFolder.Save(network, folder, ScalarType.Float32);
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

using System.Text;
using System.Text.Json;
using FuseSharp.Models;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Export;
using FuseSharp.Models.Generate;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.LlamaCpp.Tests;

/// <summary>Greedy continuations, token by token: llama.cpp's with an exported file against ours and Hugging Face's.</summary>
public sealed class ContinuationTests
{
    [Theory(Skip = LlamaCppLibrary.MissingReason, SkipWhen = nameof(LlamaCppLibrary.IsMissing), SkipType = typeof(LlamaCppLibrary))]
    [InlineData("llama-mha")]
    [InlineData("llama-gqa-tied-llama3rope")]
    [InlineData("llama-linear-rope-bias")]
    [InlineData("mixtral-4x-top2")]
    [InlineData("qwen2")]
    [InlineData("gpt2")]
    [InlineData("gpt-neox")]
    [InlineData("mpt-alibi")]
    [InlineData("mpt-6heads-clip")]
    public void Continue_GoldenModel_WritesWhatHuggingFaceWrites(string name)
    {
        Assert.SkipUnless(GoldenSet.Has("models", name), SharedData.MissingReason);
        using var scope = NewDisposeScope();
        using var exported = ExportedModel.OfGolden(name, ExportType.F32);
        using var golden = new SafetensorsReader(GoldenSet.Path("models", name, "golden.safetensors"));
        int[] prompt = [.. golden.Read("greedy_prompt_ids").data<long>().Select(i => (int)i)];
        int[] expected = [.. golden.Read("greedy_ids").data<long>().Select(i => (int)i)];
        using var llamaCpp = LlamaCppModel.Load(exported.File, expected.Length);

        int[] written = llamaCpp.Continue(prompt, expected.Length - prompt.Length);

        Assert.Equal(expected[prompt.Length..], written);
    }

    [Theory(Skip = LlamaCppLibrary.MissingReason, SkipWhen = nameof(LlamaCppLibrary.IsMissing), SkipType = typeof(LlamaCppLibrary))]
    [InlineData("security", ExportType.F32)]
    [InlineData("security", ExportType.Q8)]
    [InlineData("data", ExportType.F32)]
    [InlineData("data", ExportType.Q8)]
    [InlineData("web", ExportType.F32)]
    [InlineData("web", ExportType.Q8)]
    public void Continue_DemoModel_WritesTheTextThatGenerateWrites(string name, ExportType type)
    {
        const string Prompt = "Gets or sets the";
        const int Count = 24;
        using var exported = ExportedModel.Of(DemoModels.Path(name), type);
        using var model = LanguageModel.Load(name, exported.Folder, ScalarType.Float32, CPU);
        using var llamaCpp = LlamaCppModel.Load(exported.File, 64);

        byte[] written = [.. llamaCpp.Continue(llamaCpp.Encode(Prompt, addsSpecial: true), Count).SelectMany(llamaCpp.TextOf)];

        string expected = new TextGenerator(model, new GenerateOptions { Prompt = Prompt, MaxTokens = Count, Temperature = 0 }).Generate(CancellationToken.None);
        Assert.StartsWith(expected, Encoding.UTF8.GetString(written), StringComparison.Ordinal); // ours stops at the end of the text
        Assert.True(expected.Length > 20, expected);
    }

    [Fact(Skip = LlamaCppLibrary.MissingReason, SkipWhen = nameof(LlamaCppLibrary.IsMissing), SkipType = typeof(LlamaCppLibrary))]
    public void Continue_RealChatModel_ReadsAndWritesWhatHuggingFaceDoes()
    {
        Assert.SkipWhen(SharedData.IsMissing, SharedData.MissingReason);
        using var scope = NewDisposeScope();
        using var exported = ExportedModel.Of(SharedData.Path("data", "models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"), ExportType.Q8);
        using var golden = new SafetensorsReader(SharedData.Path("golden", "smollm2", "golden.safetensors"));
        using var json = JsonDocument.Parse(File.ReadAllText(SharedData.Path("golden", "smollm2", "golden.json")));
        int[] Ids(string name) => [.. golden.Read(name).data<long>().Select(i => (int)i)];
        int[] prompt = Ids("greedy_prompt_ids");
        int[] expected = Ids("greedy_ids")[prompt.Length..];
        using var llamaCpp = LlamaCppModel.Load(exported.File, 64);

        int[] read = llamaCpp.Encode(json.RootElement.GetProperty("prompt").GetString()!, addsSpecial: true);
        int[] written = llamaCpp.Continue(prompt, expected.Length);

        Assert.Equal(prompt, read);
        Assert.Equal(expected, written); // no two candidates were closer than 0.35
        int[] text = Ids("ids_0");
        Assert.Equal(text, llamaCpp.Encode(json.RootElement.GetProperty("texts")[0].GetString()!)[..text.Length]);
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Train;

/// <summary>Every golden of an adapter, as PEFT saved it: what the model says with it, merged and saved, and what it learns where it can be trained on.</summary>
public sealed class PeftAdapterTests
{
    private const double Tolerance = 1e-4;
    private const double GradientTolerance = 1e-5; // of a gradient's length

    private const string Unconverted = "pissa";

    // Those that are more than A and B beside linear layers: merged, not trained on.
    private static readonly string[] _notTrainedOn =
    [
        "bias-all", "bias-lora-only", "dora", "dora-gpt2", "embedding", "gpt2-bias-all", "lora-bias", "mixtral-parameters", "mixtral-router", "modules-to-save", "modules-to-save-kept-tied",
        "modules-to-save-norm", "modules-to-save-tied", "qwen3-moe-parameters", "qwen3-moe-parameters-rank", "trainable-tokens", "trainable-tokens-both", "trainable-tokens-tied",
    ];

    /// <summary>All folders, found on disk. A plain clone has none, and xunit wants a row to skip.</summary>
    public static TheoryData<string> Folders => [.. GoldenSet.FoldersIn("adapters-peft") is { Count: > 0 } folders ? folders.Where(f => f != Unconverted) : ["none"]];

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void Adapter_SaysWhatPeftSays_AlsoMerged(string name)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var folder = new ScratchFolder();
        string adapter = GoldenSet.Path("adapters-peft", name);
        using var golden = new SafetensorsReader(Path.Combine(adapter, "golden.safetensors"));
        var ids = golden.Read("input_ids");
        using var model = ModelFolder.Load(adapter, ScalarType.Float32, CPU);

        MergeStage.Run(new MergeOptions { MergeMethod = MergeMethod.Passthrough, Models = [new MergedModel { Model = adapter }] }, folder.At("merged"), StageContext.Silent);
        using var merged = ModelFolder.Load(folder.At("merged"), ScalarType.Float32, CPU);

        double own = Difference(golden.Read("logits"), model.Logits(ids));
        double whole = Difference(golden.Read("logits"), merged.Logits(ids));
        Assert.True(own <= Tolerance && whole <= Tolerance, string.Create(CultureInfo.InvariantCulture, $"adapter {own}, merged {whole}"));
        Assert.Equal(golden.Read("loss").ToDouble(), Loss(model, ids).ToDouble(), Tolerance);
        bool isTied = IsTiedInPeft(name, adapter);
        using var file = new SafetensorsReader(folder.At("merged/model.safetensors"));
        Assert.Equal(isTied, !file.Names.Contains("lm_head.weight"));
        Assert.Equal(isTied, ModelConfig.Read(folder.At("merged")).Flag("tie_word_embeddings", true));
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void Adapter_TrainedOn_HasPeftsGradientsOrIsRefused(string name)
    {
        using var scope = NewDisposeScope();
        string adapter = GoldenSet.Path("adapters-peft", name);
        using var golden = new SafetensorsReader(Path.Combine(adapter, "golden.safetensors"));
        using var gradients = new SafetensorsReader(Path.Combine(adapter, "golden_gradients.safetensors"));
        using var model = ModelFolder.Load(AdapterFolder.BaseOf(adapter), ScalarType.Float32, CPU);
        if (_notTrainedOn.Contains(name))
        {
            Assert.Contains("merge it first", Assert.Throws<ModelException>(() => AdapterFolder.Load(model, adapter)).Message, StringComparison.Ordinal);
            return;
        }

        var adapters = AdapterFolder.Load(model, adapter);
        Loss(model, golden.Read("input_ids")).backward();

        Assert.Equal(gradients.Names.Count, 2 * adapters.All.Count());
        foreach (var (map, down, up) in adapters.All)
        {
            foreach (var (key, parameter) in new[] { ("A", down), ("B", up) })
            {
                var expected = gradients.Read($"base_model.model.{map}.lora_{key}.default.weight");
                Assert.InRange((expected - parameter.grad!).norm().ToDouble(), 0, GradientTolerance * expected.norm().ToDouble());
            }
        }
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void UnconvertedPissa_IsRefusedWithTheRemedy()
    {
        string adapter = GoldenSet.Path("adapters-peft", Unconverted);

        string message = Assert.Throws<ModelException>(() => ModelFolder.Load(adapter, ScalarType.Float32, CPU)).Message;

        Assert.Contains("'init_lora_weights'", message, StringComparison.Ordinal);
        Assert.Contains("path_initial_model_for_weight_conversion", message, StringComparison.Ordinal);
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void AdapterBesideAnUntyingOne_KeepsTheHead()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var folder = new ScratchFolder();
        string first = GoldenSet.Path("adapters-peft", "modules-to-save-tied");
        using var golden = new SafetensorsReader(Path.Combine(first, "golden.safetensors"));
        using var model = ModelFolder.Load(first, ScalarType.Float32, CPU);
        var second = LowRankAdapters.Attach(model, new() { Rank = 2, Alpha = 2 }, 1, quantizes: false); // B is 0
        AdapterFolder.Save(second, first, folder.Path);

        using var both = ModelFolder.Load(folder.Path, ScalarType.Float32, CPU);

        Assert.False(ModelConfig.Read(folder.Path).Flag("tie_word_embeddings", true));
        Assert.InRange(Difference(golden.Read("logits"), both.Logits(golden.Read("input_ids"))), 0, Tolerance);
    }

    private static double Difference(Tensor expected, Tensor actual) => (expected - actual).abs().max().ToDouble();

    private static Tensor Loss(CausalModel model, Tensor ids)
    {
        long last = ids.shape[1] - 1;
        return nn.functional.cross_entropy(model.Logits(ids).narrow(1, 0, last).flatten(0, 1), ids.narrow(1, 1, last).flatten());
    }

    // What PEFT merged; of adapters that transformers 4 made it was not asked, and none of them touches embedding or head.
    private static bool IsTiedInPeft(string name, string adapter)
        => JsonNode.Parse(File.ReadAllText(GoldenSet.Path("adapters-peft", "summary.json")))!["adapters"]![name]?["tie_word_embeddings"]?.GetValue<bool>()
            ?? ModelConfig.Read(AdapterFolder.BaseOf(adapter)).Flag("tie_word_embeddings", false);
}

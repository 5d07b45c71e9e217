using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Pipeline.Merge.Methods;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Merge;

public sealed class MergeStageTests
{
    private const double Tolerance = 1e-5;

    [Theory]
    [InlineData("slerp")]
    [InlineData("nearswap")]
    public void Run_WithoutTheNumberThatDecides_IsRefused(string method)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.At("m.yaml"), $"merge_method: {method}\nbase_model: {DemoModels.Path("security")}\nmodels: [{{model: {DemoModels.Path("security")}}}, {{model: {ModelCopy.Make(DemoModels.Path("security"), folder.At("other"))}}}]\n");

        var refusal = Assert.Throws<UsageException>(() => MergeStage.Run(MergeOptions.Read(folder.At("m.yaml")), folder.At("merged"), StageContext.Silent));

        Assert.Contains($"{method} needs the parameter t", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnchorsAndMergeKeys_AreFollowed()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.At("m.yaml"), """
            shared: &shared { weight: 0.25, density: 0.5 }
            merge_method: ties
            base_model: a
            models:
              - { model: b, parameters: { <<: *shared } }
              - { model: c, parameters: { <<: *shared, weight: 0.75 } }
            """);

        var options = MergeOptions.Read(folder.At("m.yaml"));

        Assert.Equal([0.25, 0.75], options.Models.Select(m => m.Parameters.Weight!.Numbers.Single()));
        Assert.Equal([0.5, 0.5], options.Models.Select(m => m.Parameters.Density!.Numbers.Single()));
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("linear")]
    [InlineData("slerp")]
    [InlineData("task_arithmetic")]
    [InlineData("ties")]
    public void Run_MergekitsConfiguration_GivesMergekitsWeights(string method)
    {
        using var folder = new ScratchFolder();
        string goldens = SharedData.Path("golden", "adapters", "merge");

        MergeStage.Run(MergeOptions.Read(Path.Combine(goldens, method + ".yaml")), folder.At("merged"), StageContext.Silent);

        using var merged = new SafetensorsReader(Path.Combine(folder.At("merged"), "model.safetensors"));
        using var golden = new SafetensorsReader(Path.Combine(goldens, method, "model.safetensors"));
        Assert.Equal(golden.Names.Order(StringComparer.Ordinal), merged.Names.Order(StringComparer.Ordinal));
        double largest = 0;
        foreach (string name in golden.Names)
        {
            using var scope = NewDisposeScope();
            largest = Math.Max(largest, (merged.Read(name) - golden.Read(name)).abs().max().ToDouble());
        }

        TestContext.Current.SendDiagnosticMessage("{0}: largest difference {1:E2}", method, largest);
        Assert.InRange(largest, 0, Tolerance);
    }

    [Theory]
    [InlineData(MergeMethod.DareLinear)]
    [InlineData(MergeMethod.DareTies)]
    public void Run_DareOnOneModel_KeepsSomeChangesAndTheirSum(MergeMethod method)
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        string[] models = Models(folder);
        MergeStage.Run(Options(method, models, 0.4), folder.At("a"), StageContext.Silent);
        MergeStage.Run(Options(method, models, 0.4), folder.At("b"), StageContext.Silent);

        Assert.Equal(File.ReadAllBytes(folder.At("a/model.safetensors")), File.ReadAllBytes(folder.At("b/model.safetensors")));
        using var before = new SafetensorsReader(Path.Combine(models[0], "model.safetensors"));
        using var tuned = new SafetensorsReader(Path.Combine(models[1], "model.safetensors"));
        using var merged = new SafetensorsReader(folder.At("a/model.safetensors"));
        const string Name = "model.layers.0.mlp.up_proj.weight"; // 24 · 16 = 384 numbers, about 154 stay
        var change = tuned.Read(Name) - before.Read(Name);
        var kept = merged.Read(Name) - before.Read(Name);
        Assert.InRange(kept.ne(0).sum().item<long>(), 100, 210);
        Assert.Equal(change.abs().sum().ToDouble(), kept.abs().sum().ToDouble(), 1e-4);
    }

    [Fact]
    public void Prune_EqualMagnitudes_KeepsExactlyTheShareFirstOnesFirst()
    {
        using var change = tensor(new float[] { 0, -2, 1, 2, -1, 3, 1, -1, 0.5f, 0 });

        new MagnitudePruning(rescales: false).Prune(change, 0, MergeByHand.Numbers(new() { Density = 0.5 }));

        // ⌊0.5 · 10⌋ = 5: 3, both of 2, then the first two of the four of 1.
        Assert.Equal([0, -2, 1, 2, -1, 3, 0, 0, 0, 0], change.data<float>().ToArray());
    }

    [Fact]
    public void Merge_TiesByHand()
    {
        float[][] numbers = [[1, 1, 1, 1], [2, 0, 3, 1], [3, 4, 0, 1]];

        float[] merged = MergeByHand.Merge(new TiesMerge(new MagnitudePruning(rescales: false), normalizes: true), new() { Lambda = 2 }, [1, 3], numbers, [4]);

        // weighted changes 1|6: agree, 7/4; −1|9: plus wins, 9/3; 2|−3: minus wins, −3/3; 0|0. Times λ = 2, plus 1.
        Assert.Equal([4.5f, 7, -1, 1], merged);
    }

    [Fact]
    public void Run_ModelsOfDifferentShapes_AreRefusedInOneLineAndLeaveNothing()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        string[] models = Models(folder);
        SafetensorsWriter.Write(Path.Combine(models[1], "model.safetensors"), [("model.embed_tokens.weight", zeros(14, 16))]);
        using (var whole = ModelFolder.Load(models[0], ScalarType.Float32, CPU))
        {
            SafetensorsWriter.Write(Path.Combine(models[1], "model.safetensors"), whole.named_parameters().Select(p => (p.name, p.name == "model.norm.weight" ? zeros(8) : p.parameter)));
        }

        var error = Assert.Throws<ModelException>(() => MergeStage.Run(Options(MergeMethod.Ties, models, 1), folder.At("out"), StageContext.Silent));

        Assert.Equal($"Tensor 'model.norm.weight' has the shape [8] in '{models[1]}' and [16] in '{models[0]}'. Merge models of one architecture, size and vocabulary.", error.Message);
        Assert.False(Directory.Exists(folder.At("out")));
    }

    private static MergeOptions Options(MergeMethod method, string[] models, double density) => new()
    {
        MergeMethod = method,
        BaseModel = models[0],
        Models = [new MergedModel { Model = models[1], Parameters = new MergeParameters { Density = density } }],
    };

    private static string[] Models(ScratchFolder folder)
        => [.. new[] { 1L, 2L }.Select(seed =>
        {
            string path = Directory.CreateDirectory(folder.At(FormattableString.Invariant($"model-{seed}"))).FullName;
            using var shape = TinyLlama.Create();
            using var model = ModelFactory.Create(shape.Config, seed, ScalarType.Float32, CPU);
            ModelFolder.Save(model, path, ScalarType.Float32);
            return path;
        })];
}

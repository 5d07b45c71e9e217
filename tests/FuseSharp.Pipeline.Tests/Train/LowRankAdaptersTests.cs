using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Layers;
using FuseSharp.Pipeline.Train;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Train;

public sealed class LowRankAdaptersTests
{
    private const double Tolerance = 1e-4;

    private static string Golden => GoldenSet.Path("adapters", "lora-adapter");

    private static string Base => GoldenSet.Path("models", "llama-gqa-tied-llama3rope");

    [Fact]
    public void Load_PeftsAdapter_GivesItsLogitsLossAndGradients()
    {
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(Base, ScalarType.Float32, CPU);
        var adapters = AdapterFolder.Load(model, Golden);
        using var golden = new SafetensorsReader(Path.Combine(Golden, "golden.safetensors"));
        using var gradients = new SafetensorsReader(Path.Combine(Golden, "golden_gradients.safetensors"));
        var ids = golden.Read("input_ids");

        var logits = model.Logits(ids);
        var loss = nn.functional.cross_entropy(logits.narrow(1, 0, 23).flatten(0, 1), ids.narrow(1, 1, 23).flatten());
        loss.backward();

        Assert.InRange((logits - golden.Read("logits")).abs().max().ToDouble(), 0, Tolerance);
        Assert.Equal(golden.Read("loss").ToDouble(), loss.ToDouble(), Tolerance);
        foreach (var (name, down, up) in adapters.All)
        {
            foreach (var (key, parameter) in new[] { ("A", down), ("B", up) })
            {
                var expected = gradients.Read($"base_model.model.{name}.lora_{key}.default.weight");
                Assert.InRange((expected - parameter.grad!).abs().max().ToDouble(), 0, Tolerance * Math.Max(1, expected.abs().max().ToDouble()));
            }
        }

        Assert.All(model.named_parameters().Where(p => !LowRankAdapters.Owns(p.name)), p => Assert.Null(p.parameter.grad));
    }

    [Fact]
    public void SaveLoadMerge_SayTheSame()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = ModelFolder.Load(Base, ScalarType.Float32, CPU);
        var adapters = AdapterFolder.Load(model, Golden);
        var ids = arange(20, ScalarType.Int64).unsqueeze(0);
        var expected = model.Logits(ids).detach();

        AdapterFolder.Save(adapters, Base, folder.Path);
        using var again = ModelFolder.Load(folder.Path, ScalarType.Float32, CPU);
        adapters.Merge();

        Assert.InRange((model.Logits(ids) - expected).abs().max().ToDouble(), 0, Tolerance);
        Assert.InRange((again.Logits(ids) - expected).abs().max().ToDouble(), 0, Tolerance);
        Directory.CreateDirectory(folder.At("merged"));
        ModelFolder.Save(model, folder.At("merged"), ScalarType.Float32);
        using var merged = ModelFolder.Load(folder.At("merged"), ScalarType.Float32, CPU);
        Assert.InRange((merged.Logits(ids) - expected).abs().max().ToDouble(), 0, Tolerance);
        Assert.All(merged.parameters(), p => Assert.True(p.requires_grad));
    }

    [Theory]
    [InlineData(false, 0.0)]
    [InlineData(true, 0.0)]
    [InlineData(true, 0.3)]
    public void Backward_FrozenBase_OnlyAdaptersLearnAndCheckpointingChangesNothing(bool quantizes, double dropout)
    {
        using var scope = NewDisposeScope();
        using var model = TinyLlama.Create();
        var adapters = LowRankAdapters.Attach(model, new LoraOptions { Rank = 3, Dropout = dropout }, 1, quantizes);
        using (no_grad())
        {
            foreach (var (_, _, up) in adapters.All)
            {
                up.fill_(0.1);
            }
        }

        var ids = arange(12, ScalarType.Int64).unsqueeze(0);
        Tensor[] Gradients(bool checkpointing)
        {
            model.UsesGradientCheckpointing = checkpointing;
            adapters.Reseed(5);
            foreach (var parameter in model.parameters())
            {
                parameter.grad = null;
            }

            model.HiddenStates(ids).square().sum().backward();
            return [.. adapters.All.SelectMany(a => new[] { a.Down.grad!.clone(), a.Up.grad!.clone() })];
        }

        var plain = Gradients(false);
        var twice = Gradients(true);

        Assert.All(plain.Zip(twice), p => Assert.True(p.First.eq(p.Second).all().ToBoolean()));
        Assert.All(plain, g => Assert.True(g.abs().max().ToDouble() > 0));
        Assert.Equal(2 * 7 * 2, model.parameters().Count(p => p.requires_grad));
    }

    [Fact]
    public void Attach_UnknownModule_IsRefusedWithTheKnownOnes()
    {
        using var model = TinyLlama.Create();

        var fault = Assert.Throws<ModelException>(() => LowRankAdapters.Attach(model, new LoraOptions { TargetModules = ["query"] }, 1, false));

        Assert.Contains("q_proj", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_Qlora_LowersTheLossAndLeavesTheBase()
    {
        using var model = TinyLlama.Create();
        float[] head = model.OutputWeight.data<float>().ToArray();
        model.Adapters = LowRankAdapters.Attach(model, new LoraOptions { Rank = 4, Alpha = 8 }, 1, quantizes: true);
        var steps = new List<TrainStep>();

        TinyLlama.Train(model, new TrainOptions { BatchSize = 2, Epochs = 30, LearningRate = 0.02, CheckpointEvery = 0 }, log: steps.Add);

        Assert.InRange(steps[^1].Loss, 0, steps[0].Loss * 0.95);
        Assert.Equal(head, model.OutputWeight.data<float>().ToArray());
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama-gqa-tied-llama3rope")]
    public void Load_Quantized_IsTheModelQuantizedLater(string name)
    {
        Assert.SkipUnless(GoldenSet.Has("models", name), SharedData.MissingReason);
        using var scope = NewDisposeScope();
        string path = GoldenSet.Path("models", name);
        var ids = arange(20, ScalarType.Int64).unsqueeze(0);
        using var plain = ModelFolder.Load(path, ScalarType.Float32, CPU);
        using var later = ModelFolder.Load(path, ScalarType.Float32, CPU);
        using var loaded = ModelFolder.Load(path, ScalarType.Float32, CPU, quantizes: true);

        later.Adapters = LowRankAdapters.Attach(later, new LoraOptions { Rank = 2 }, 1, quantizes: true);
        loaded.Adapters = LowRankAdapters.Attach(loaded, new LoraOptions { Rank = 2 }, 1, quantizes: true);

        Assert.All(LowRankAdapters.MapsOf(loaded), m => Assert.All(m.Map.named_parameters().Where(p => p.name == "weight"), p => Assert.Equal(0, p.parameter.numel())));
        Assert.True(later.Logits(ids).eq(loaded.Logits(ids)).all().ToBoolean());
        Assert.False(plain.Logits(ids).allclose(loaded.Logits(ids)));
        var expected = loaded.Logits(ids).detach();
        loaded.Adapters.Merge();
        Assert.InRange((expected - loaded.Logits(ids)).abs().max().ToDouble(), 0, Tolerance);
        Assert.Equal(plain.named_parameters().Select(p => (p.name, string.Join(',', p.parameter.shape))), loaded.named_parameters().Where(p => !LowRankAdapters.Owns(p.name)).Select(p => (p.name, string.Join(',', p.parameter.shape))));
    }

    [Fact]
    public void Attach_QuantizedWithFewTargets_QuantizesAllMapsAndMergesAll()
    {
        using var scope = NewDisposeScope();
        using var model = TinyLlama.Create();
        var ids = arange(12, ScalarType.Int64).unsqueeze(0);

        model.Adapters = LowRankAdapters.Attach(model, new LoraOptions { Rank = 2, TargetModules = ["q_proj"] }, 1, quantizes: true);
        var expected = model.Logits(ids).detach();
        model.Adapters.Merge();

        Assert.All(model.parameters(), p => Assert.True(p.numel() > 0));
        Assert.InRange((expected - model.Logits(ids)).abs().max().ToDouble(), 0, Tolerance);
    }
}

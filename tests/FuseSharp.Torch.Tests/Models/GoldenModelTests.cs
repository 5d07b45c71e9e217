using FuseSharp.Testing;
using FuseSharp.Torch.Checkpoints;
using FuseSharp.Torch.Models;
using FuseSharp.Torch.Train;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Tests.Models;

public sealed class GoldenModelTests
{
    private const double Tolerance = 1e-4;

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("llama-mha")]
    [InlineData("mpt-alibi")]
    [InlineData("mpt-6heads-clip")]
    public void Logits_OfHuggingFacesModel_AreEqual(string name)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = ModelFolder.Load(SharedData.Path("golden", "models", name), ScalarType.Float32, CPU);
        using var golden = new SafetensorsReader(SharedData.Path("golden", "models", name, "golden.safetensors"));

        Assert.InRange(LargestDifference(model.Logits(golden.Read("input_ids")), golden.Read("logits")), 0, Tolerance);
        Assert.InRange(LargestDifference(model.Logits(golden.Read("long_input_ids")), golden.Read("long_logits")), 0, Tolerance);
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("llama-mha-sharded")]
    public void Load_Shards_GivesTheSameWeights(string name)
    {
        using var scope = NewDisposeScope();
        using var sharded = ModelFolder.Load(SharedData.Path("golden", "models", name), ScalarType.Float32, CPU);
        using var single = ModelFolder.Load(SharedData.Path("golden", "models", "llama-mha"), ScalarType.Float32, CPU);

        foreach (var ((_, a), (_, b)) in sharded.named_parameters().Zip(single.named_parameters()))
        {
            Assert.Equal(0, LargestDifference(a, b));
        }
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("llama-mha")]
    [InlineData("mpt-alibi")]
    public void Logits_WithCache_AreTheSame(string name)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = ModelFolder.Load(SharedData.Path("golden", "models", name), ScalarType.Float32, CPU);
        using var golden = new SafetensorsReader(SharedData.Path("golden", "models", name, "golden.safetensors"));
        var ids = golden.Read("input_ids");
        using var cache = new KeyValueCache();

        Tensor[] parts = [model.Logits(ids.narrow(1, 0, 20), cache), model.Logits(ids.narrow(1, 20, 27), cache), model.Logits(ids.narrow(1, 47, 1), cache)];

        Assert.InRange(LargestDifference(cat(parts, 1), golden.Read("logits")), 0, Tolerance);
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("llama-mha")]
    [InlineData("mpt-alibi")]
    [InlineData("mpt-6heads-clip")]
    public void Gradients_OfTheLanguageModelLoss_AreHuggingFaces(string name)
    {
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(SharedData.Path("golden", "models", name), ScalarType.Float32, CPU);
        using var golden = new SafetensorsReader(SharedData.Path("golden", "models", name, "golden.safetensors"));
        using var gradients = new SafetensorsReader(SharedData.Path("golden", "models", name, "golden_gradients.safetensors"));
        var ids = golden.Read("input_ids"); // [2, 48]
        long[] labels = [.. Enumerable.Range(0, 96).Select(n => n % 48 == 47 ? 0L : ids[n / 48, (n % 48) + 1].item<long>())];
        float[] weights = [.. Enumerable.Range(0, 96).Select(n => n % 48 == 47 ? 0f : 1f / 94)];
        var targets = new LossTargets(1, labels, weights, new long[96], new float[96], new float[96], new float[96]);

        var (loss, _) = FusionLoss.Backward(model.HiddenStates(ids).view(96, -1), model.OutputWeight, targets, Core.Recipes.TailMass.Bucket);

        Assert.Equal(golden.Read("loss").item<float>(), loss, 1e-4);
        foreach (var (key, parameter) in model.named_parameters())
        {
            var expected = gradients.Read(key);
            Assert.InRange(LargestDifference(parameter.grad!, expected), 0, Tolerance * Math.Max(1e-2, expected.abs().max().ToDouble()));
        }
    }

    private static double LargestDifference(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();
}

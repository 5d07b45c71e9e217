using System.Globalization;
using System.Text.Json.Nodes;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Layers;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Families;

/// <summary>Every golden of a family, as transformers 5 saved it: what it says, learns, saves and counts.</summary>
public sealed class FamilyTests
{
    private const double GradientTolerance = 1e-5; // of the tensor's norm

    public static TheoryData<string> Folders => [.. FamilyGolden.Folders];

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void Logits_AreTransformers(string name)
    {
        using var golden = new FamilyGolden(name);

        golden.AssertLogits();
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void Logits_OfTheConfigOfTransformers4_AreTheSame(string name)
    {
        Assert.SkipUnless(GoldenSet.Has("families", name, "config.v4.json"), "transformers 4 cannot say this.");
        using var folder = new ScratchFolder();
        File.Copy(GoldenSet.Path("families", name, "model.safetensors"), folder.At("model.safetensors"));
        File.Copy(GoldenSet.Path("families", name, "config.v4.json"), folder.At("config.json"));
        using var golden = new FamilyGolden(name, folder.Path);

        golden.AssertLogits();
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void Logits_BehindACache_AreTransformers(string name)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var golden = new FamilyGolden(name);

        foreach (string kind in new[] { "", "long_" })
        {
            var ids = golden.Read(kind + "input_ids");
            using var cache = new KeyValueCache();
            long[] parts = [20, 1, 6, 1, ids.shape[1] - 30, 1, 1];
            var logits = new List<Tensor>();
            foreach (long part in parts)
            {
                logits.Add(golden.Model.Logits(ids.narrow(1, cache.Length, part), cache));
            }

            // What was said before a text passed the trained length of longrope was said of a short text.
            int same = golden.Model.LengthClass(ids.shape[1]) == golden.Model.LengthClass(20) ? 0 : 28;
            var actual = cat(logits, 1);
            double difference = FamilyGolden.Difference(golden.Read(kind + "logits").narrow(1, same, ids.shape[1] - same), actual.narrow(1, same, ids.shape[1] - same));
            Assert.True(difference <= FamilyGolden.Tolerance, difference.ToString(CultureInfo.InvariantCulture));
        }
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void GreedyContinuations_AreTransformers(string name)
    {
        using var golden = new FamilyGolden(name);
        foreach (string kind in new[] { "greedy", "greedy_crossing" })
        {
            if (golden.Has(kind + "_ids"))
            {
                using var scope = NewDisposeScope();
                long[] expected = [.. golden.Read(kind + "_ids").data<long>()];
                long[] prompt = [.. golden.Read(kind + "_prompt_ids").data<long>()];
                Assert.Equal(expected, golden.Greedy(prompt, expected.Length, isCached: true));
                Assert.Equal(expected, golden.Greedy(prompt, expected.Length, isCached: false));
            }
        }
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void LossAndGradients_AreTransformers(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = new FamilyGolden(name);
        using var gradients = new SafetensorsReader(GoldenSet.Path("families", name, "golden_gradients.safetensors"));

        var loss = FamilyGolden.Loss(golden.Model, golden.Read("input_ids"));
        loss.backward();

        Assert.Equal(golden.Read("loss").item<float>(), loss.item<float>(), 1e-5);
        Assert.Equal(gradients.Names.Order(StringComparer.Ordinal), golden.Model.named_parameters().Select(p => p.name).Order(StringComparer.Ordinal));
        foreach (var (key, parameter) in golden.Model.named_parameters())
        {
            var expected = gradients.Read(key);
            double difference = (parameter.grad! - expected).norm().ToDouble() / expected.norm().ToDouble();
            Assert.True(difference <= GradientTolerance, FormattableString.Invariant($"{key}: {difference}"));
        }
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void Save_KeepsEveryKeyOfTheConfig_AndReadsBackTheSame(string name)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        foreach (string file in new[] { "config.json", "config.v4.json" }.Where(f => GoldenSet.Has("families", name, f)))
        {
            File.Copy(GoldenSet.Path("families", name, "model.safetensors"), folder.At("model.safetensors"), overwrite: true);
            File.Copy(GoldenSet.Path("families", name, file), folder.At("config.json"), overwrite: true);
            using var model = ModelFolder.Load(folder.Path, ScalarType.Float32, CPU);
            string saved = Directory.CreateDirectory(folder.At(file + ".saved")).FullName;
            ModelFolder.Save(model, saved, ScalarType.Float32);

            var before = JsonNode.Parse(File.ReadAllText(folder.At("config.json")));
            Assert.True(JsonNode.DeepEquals(before, JsonNode.Parse(File.ReadAllText(Path.Combine(saved, "config.json")))), file);
            using var again = new FamilyGolden(name, saved);
            again.AssertLogits();
        }
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void Counts_AreThoseOfTheCheckpoint(string name)
        => Assert.Equal(FamilyGolden.SummaryOf(name)["parameters"]!.GetValue<long>(), ModelCounts.Count(GoldenSet.Path("families", name)).Weights);

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void Checkpointing_GivesTheSameGradients(string name)
    {
        using var scope = NewDisposeScope();
        using var plain = new FamilyGolden(name);
        using var checkpointed = new FamilyGolden(name);
        checkpointed.Model.UsesGradientCheckpointing = true;

        FamilyGolden.Loss(plain.Model, plain.Read("input_ids")).backward();
        FamilyGolden.Loss(checkpointed.Model, plain.Read("input_ids")).backward();

        foreach (var ((key, a), (_, b)) in plain.Model.named_parameters().Zip(checkpointed.Model.named_parameters()))
        {
            Assert.True((a.grad! - b.grad!).abs().max().ToDouble() == 0, key);
        }
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void Bfloat16_IsFloat32WithinItsPrecision(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = new FamilyGolden(name);
        using var model = ModelFolder.Load(golden.Folder, ScalarType.BFloat16, CPU);
        var expected = golden.Read("logits");

        FamilyGolden.Loss(model, golden.Read("input_ids")).backward();

        using var noGradient = no_grad();
        var difference = model.Logits(golden.Read("input_ids")).to(ScalarType.Float32) - expected;
        var errors = difference.square().sum(-1).sqrt() / expected.square().sum(-1).sqrt(); // [2, 48]; a router near a tie chooses otherwise, so the middle one counts
        Assert.InRange(errors.median().ToDouble(), 0, 0.05);
        Assert.All(model.parameters(), p => Assert.True(p.grad!.isfinite().all().item<bool>() && p.grad!.dtype == ScalarType.BFloat16));
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void Adapters_LearnAndMerge(string name)
    {
        foreach (bool quantizes in new[] { false, true })
        {
            using var scope = NewDisposeScope();
            using var golden = new FamilyGolden(name);
            var ids = golden.Read("input_ids");
            var adapters = LowRankAdapters.Attach(golden.Model, new LoraOptions { Rank = 4, Alpha = 8 }, 1, quantizes);
            var learning = golden.Model.parameters().Where(p => p.requires_grad).ToArray();
            var optimizer = optim.Adam(learning, lr: 0.02);
            double[] losses = new double[6];
            for (int step = 0; step < losses.Length; step++)
            {
                optimizer.zero_grad();
                var loss = FamilyGolden.Loss(golden.Model, ids);
                losses[step] = loss.item<float>();
                loss.backward();
                if (step == 1) // before, A has no gradient: B is 0
                {
                    Assert.All(adapters.All, a => Assert.True(a.Down.grad!.abs().max().ToDouble() > 0 && a.Up.grad!.abs().max().ToDouble() > 0, a.Name));
                }

                optimizer.step();
            }

            Assert.InRange(losses[^1], 0, losses[0] * 0.99);
            using var noGradient = no_grad();
            var adapted = golden.Model.Logits(ids);
            adapters.Merge();
            Assert.InRange(FamilyGolden.Difference(adapted, golden.Model.Logits(ids)), 0, FamilyGolden.Tolerance);
        }
    }

    // What moving to a graphics processor does to parameters, without one: they are others afterwards, and a field that keeps the old one holds nothing.
    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void ParametersThatWereReplaced_AreTheOnesThatAreRead(string name)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var golden = new FamilyGolden(name);

        golden.Model.to(ScalarType.BFloat16);
        golden.Model.to(ScalarType.Float32);

        var expected = golden.Read("logits");
        var difference = golden.Model.Logits(golden.Read("input_ids")) - expected;
        var errors = difference.square().sum(-1).sqrt() / expected.square().sum(-1).sqrt(); // a router near a tie chooses otherwise, so the middle one counts
        Assert.InRange(errors.median().ToDouble(), 1e-9, 0.05);
    }

    // Training keeps documents apart by running each as a sequence of its own: what stands beside and behind it must not reach it.
    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void ShorterSequenceOfABatch_SaysWhatItSaysAlone(string name)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var golden = new FamilyGolden(name);
        var longer = golden.Read("input_ids")[..1];
        long length = Math.Max(2, longer.shape[1] / 2);
        var shorter = longer.flip(1).narrow(1, 0, length);
        var batch = cat([longer, cat([shorter, zeros([1, longer.shape[1] - length], ScalarType.Int64)], 1)], 0);

        var alone = golden.Model.HiddenStates(shorter);
        var beside = golden.Model.HiddenStates(batch)[1].narrow(0, 0, length);

        Assert.InRange((beside - alone[0]).abs().max().ToDouble() / alone.abs().max().ToDouble(), 0, 1e-5);
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void EveryFamily_HasAGolden()
    {
        string[] tested = [.. FamilyGolden.Folders.Select(f => GoldenSet.Path("families", f)).Concat(GoldenSet.FoldersIn("models").Select(f => GoldenSet.Path("models", f)))
            .Select(f => ModelConfig.Read(f).Architecture).Append("MPTForCausalLM").Distinct()]; // MosaicML's name of MptForCausalLM

        Assert.Equal(ModelFamilies.All.Select(f => f.Architecture).Order(StringComparer.Ordinal), tested.Order(StringComparer.Ordinal));
    }
}

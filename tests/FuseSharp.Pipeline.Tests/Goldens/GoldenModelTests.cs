using System.Globalization;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Layers;
using FuseSharp.Pipeline.Train;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Goldens;

/// <summary>Every model of the goldens against what Hugging Face answered with the same weights.</summary>
public sealed class GoldenModelTests
{
    private const double Tolerance = 1e-4;

    /// <summary>All folders with goldens, found on disk: a new one is tested without a change here.</summary>
    public static TheoryData<string> Folders
        => [.. GoldenSet.FoldersIn("models").Where(f => GoldenSet.Has("models", f, "golden.safetensors"))];

    /// <summary>Those, and the families as transformers 5 saves them.</summary>
    public static TheoryData<string, string> AllFolders
        => [.. new[] { "models", "families" }.SelectMany(s => GoldenSet.FoldersIn(s).Where(f => GoldenSet.Has(s, f, "golden.safetensors")).Select(f => new TheoryDataRow<string, string>(s, f)))];

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Folders_HoldEveryFamily()
        => Assert.Equal(
            ["GPT2LMHeadModel", "GPTNeoXForCausalLM", "LlamaForCausalLM", "MistralForCausalLM", "MixtralForCausalLM", "MptForCausalLM", "Qwen2ForCausalLM"],
            Folders.Select(f => ModelConfig.Read(GoldenSet.Path("models", f.Data)).Architecture).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Logits_AreHuggingFaces(string name)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Load(name);
        using var golden = Golden(name);

        AssertClose(golden.Read("logits"), model.Logits(golden.Read("input_ids")));
        AssertClose(golden.Read("long_logits"), model.Logits(golden.Read("long_input_ids")));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Logits_WithPadding_AreHuggingFaces(string name)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Load(name);
        using var golden = Golden(name);
        var real = golden.Read("padded_attention_mask").unsqueeze(-1); // [3, 20, 1]

        AssertClose(golden.Read("padded_logits"), model.Logits(golden.Read("padded_input_ids")) * real);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Logits_WithCache_AreHuggingFaces(string name)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Load(name);
        using var golden = Golden(name);

        foreach (string kind in new[] { "", "long_" })
        {
            // Several tokens, one token, several behind a filled cache: past the sliding window and the trained length too.
            var ids = golden.Read(kind + "input_ids");
            long length = ids.shape[1];
            using var cache = new KeyValueCache();
            long[] parts = [20, 1, 6, 1, length - 30, 1, 1];
            var logits = new List<Tensor>();
            foreach (long part in parts)
            {
                logits.Add(model.Logits(ids.narrow(1, cache.Length, part), cache));
            }

            if (model.Config.Json["rope_scaling"]?["rope_type"]?.GetValue<string>() == "dynamic")
            {
                // Past the trained length its angles change with every token, in Hugging Face too; there the greedy continuation is the golden.
                AssertClose(model.Logits(ids.narrow(1, 0, 27)), cat(logits[..3], 1));
                continue;
            }

            AssertClose(golden.Read(kind + "logits"), cat(logits, 1));
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void GreedyContinuation_IsHuggingFaces(string name)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = Load(name);
        using var golden = Golden(name);
        if (!golden.Names.Contains("greedy_ids"))
        {
            return;
        }

        long[] expected = [.. golden.Read("greedy_ids").data<long>()];
        long[] prompt = [.. golden.Read("greedy_prompt_ids").data<long>()];
        Assert.Equal(expected, Greedy(model, prompt, expected.Length, isCached: true));
        Assert.Equal(expected, Greedy(model, prompt, expected.Length, isCached: false));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void LossAndGradients_AreHuggingFaces(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Load(name);
        using var golden = Golden(name);
        using var gradients = new SafetensorsReader(GoldenSet.Path("models", name, "golden_gradients.safetensors"));

        var loss = Loss(model, golden.Read("input_ids"));
        loss.backward();

        double expectedLoss = golden.Read("loss").item<float>();
        Assert.Equal(expectedLoss, loss.item<float>(), Tolerance * expectedLoss);
        Assert.Equal(gradients.Names.Order(StringComparer.Ordinal), model.named_parameters().Select(p => p.name).Order(StringComparer.Ordinal));
        AssertGradients(model, gradients);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void GradientCheckpointing_GivesTheSameGradients(string name)
    {
        using var scope = NewDisposeScope();
        using var plain = Load(name);
        using var checkpointed = Load(name);
        using var golden = Golden(name);
        checkpointed.UsesGradientCheckpointing = true;

        for (int pass = 0; pass < 2; pass++) // the second one accumulates
        {
            var expected = Loss(plain, golden.Read("input_ids"));
            var loss = Loss(checkpointed, golden.Read("input_ids"));
            expected.backward();
            loss.backward();
            Assert.Equal(expected.item<float>(), loss.item<float>());
        }

        foreach (var ((key, a), (_, b)) in plain.named_parameters().Zip(checkpointed.named_parameters()))
        {
            Assert.True((a.grad! - b.grad!).abs().max().ToDouble() == 0, key);
        }
    }

    [Theory]
    [MemberData(nameof(AllFolders))]
    public void FusionLoss_OfOneDistribution_GivesHuggingFacesGradients(string set, string name)
    {
        // The trainer's own loss, chunk by chunk, behind blocks that are computed twice.
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(GoldenSet.Path(set, name), ScalarType.Float32, CPU);
        using var golden = new SafetensorsReader(GoldenSet.Path(set, name, "golden.safetensors"));
        using var gradients = new SafetensorsReader(GoldenSet.Path(set, name, "golden_gradients.safetensors"));
        model.UsesGradientCheckpointing = true;
        var ids = golden.Read("input_ids"); // [2, 48]
        long[] labels = [.. Enumerable.Range(0, 96).Select(n => n % 48 == 47 ? 0L : ids[n / 48, (n % 48) + 1].item<long>())];
        float[] weights = [.. Enumerable.Range(0, 96).Select(n => n % 48 == 47 ? 0f : 1f / 94)];
        var targets = new LossTargets(1, labels, weights, new long[96], new float[96], new float[96], new float[96]);

        var (loss, _) = FusionLoss.Backward(model.HiddenStates(ids).view(96, -1), model.OutputWeight, targets, MissingProbability.Bucket, logitCap: model.LogitCap);

        Assert.Equal(golden.Read("loss").item<float>(), loss, Tolerance);
        AssertGradients(model, gradients);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Bfloat16_AnswersAsFloat32DoesWithinItsPrecision(string name)
    {
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(GoldenSet.Path("models", name), ScalarType.BFloat16, CPU);
        using var golden = Golden(name);
        var expected = golden.Read("logits");

        var loss = Loss(model, golden.Read("input_ids"));
        loss.backward();
        using (no_grad())
        {
            // 8 bits of precision through two blocks. A router near a tie chooses other experts at single positions, so the middle one counts.
            var difference = model.Logits(golden.Read("input_ids")).to(ScalarType.Float32) - expected;
            var errors = difference.square().sum(-1).sqrt() / expected.square().sum(-1).sqrt(); // [2, 48]
            Assert.InRange(errors.median().ToDouble(), 0, 0.05);
        }

        Assert.All(model.parameters(), p => Assert.True(p.grad!.isfinite().all().item<bool>() && p.grad!.dtype == ScalarType.BFloat16));
    }

    private static CausalModel Load(string name) => ModelFolder.Load(GoldenSet.Path("models", name), ScalarType.Float32, CPU);

    private static SafetensorsReader Golden(string name) => new(GoldenSet.Path("models", name, "golden.safetensors"));

    private static Tensor Loss(CausalModel model, Tensor ids)
    {
        var logits = model.Logits(ids).narrow(1, 0, ids.shape[1] - 1);
        return nn.functional.cross_entropy(logits.flatten(0, 1), ids.narrow(1, 1, ids.shape[1] - 1).flatten());
    }

    private static long[] Greedy(CausalModel model, long[] prompt, int length, bool isCached)
    {
        using var cache = isCached ? new KeyValueCache() : null;
        List<long> ids = [.. prompt];
        while (ids.Count < length)
        {
            using var scope = NewDisposeScope();
            long[] unread = [.. ids.Skip((int)(cache?.Length ?? 0))];
            var logits = model.Logits(tensor(unread, [1, unread.Length]), cache);
            ids.Add(logits.narrow(1, unread.Length - 1, 1).argmax(-1).item<long>());
        }

        return [.. ids];
    }

    // Relative to each tensor's own gradient, as a whole.
    private static void AssertGradients(CausalModel model, SafetensorsReader gradients)
    {
        foreach (var (key, parameter) in model.named_parameters())
        {
            var expected = gradients.Read(key);
            double difference = (parameter.grad! - expected).norm().ToDouble() / expected.norm().ToDouble();
            Assert.True(difference <= Tolerance, FormattableString.Invariant($"{key}: {difference}"));
        }
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        double difference = (expected - actual).abs().max().ToDouble();
        Assert.True(difference <= Tolerance, difference.ToString(CultureInfo.InvariantCulture));
    }
}

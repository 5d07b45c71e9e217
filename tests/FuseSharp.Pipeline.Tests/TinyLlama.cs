using System.Text.Json.Nodes;
using FuseSharp.Fusion.Records;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Pipeline.Train;
using FuseSharp.Progress;
using FuseSharp.Storage.Ranks;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests;

/// <summary>A Llama of two blocks and 20 tokens, and four blocks of random text with three models' rows to train it on.</summary>
internal static class TinyLlama
{
    public static TrainResult Train(CausalModel model, TrainOptions options, TrainCheckpoint? checkpoint = null, Action<TrainStep>? log = null, Func<double>? validate = null, IProcessGroup? ranks = null,
        TimeProvider? time = null, long bucketNumbers = 1 << 22, bool sendsEarly = true, CancellationToken cancellation = default)
        => new Trainer(model, options, SilentProgress.Instance, ranks) { Time = time ?? TimeProvider.System, BucketNumbers = bucketNumbers, SendsEarly = sendsEarly }
            .Train(Source(), "test", checkpoint, log, cancellation, validate);

    public static IBlockSource Source() => new BlocksInMemory(Blocks(), "target", "one", "two");

    public static CausalModel Create()
        => ModelFactory.Create(ModelConfig.From(new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["vocab_size"] = 20,
            ["hidden_size"] = 16,
            ["intermediate_size"] = 24,
            ["num_hidden_layers"] = 2,
            ["num_attention_heads"] = 4,
            ["max_position_embeddings"] = 16,
        }, "test"), 3, ScalarType.Float32, CPU);

    private static PackedBlock[] Blocks()
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, 4).Select(b => new PackedBlock(
            [.. Enumerable.Range(0, 12).Select(_ => random.Next(20))],
            [new PackedSegment(b, 12, [3, 2, 4], [0.8f, 0.6f, 0.9f])],
            [.. Enumerable.Range(0, 3).Select(_ => new TeacherDistributions([.. Enumerable.Range(0, 13).Select(t => t * 2)],
                [.. Enumerable.Range(0, 24).Select(i => (i % 2 * 10) + random.Next(10))], [.. Enumerable.Repeat(-1f, 24)], ScoreUnit.LogProbability))]))];
    }
}

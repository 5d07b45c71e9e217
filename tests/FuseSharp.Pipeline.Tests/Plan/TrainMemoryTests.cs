using System.Globalization;
using System.Text.Json.Nodes;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Pipeline.Train;
using FuseSharp.Pipeline.Train.Exchange;

namespace FuseSharp.Pipeline.Tests.Plan;

/// <summary>The published run's model on machines of the field; the page about many machines says the same.</summary>
public sealed class TrainMemoryTests
{
    private const double Weights = 6_738_415_616; // of Llama-2-7B

    // A sequence of 2048 tokens at a time, of 128 in a step.
    private static readonly TrainOptions _options = new() { MicroBatchSize = 1 };

    [Fact]
    public void Of_SevenBillionOnEightRanks_FitsInto80GigabytesEach()
    {
        var memory = TrainMemory.Compute(SevenBillion(), _options, 2048, bytes: 2, ranks: 8);

        Assert.Equal(2 * Weights, memory.Weights);
        Assert.Equal(2 * Weights, memory.Optimizer); // an eighth of 16 bytes
        Assert.Equal(2 * Weights, memory.Activations); // gradients in bfloat16, more than what a sequence keeps
        Assert.InRange(memory.Total, 40e9, 80e9);
        string line = string.Create(CultureInfo.InvariantCulture, $"| 8 | {memory.Weights / 1e9:F1} | {memory.Optimizer / 1e9:F1} | {memory.Activations / 1e9:F1} | {memory.Total / 1e9:F1} |");
        Assert.Contains(line, File.ReadAllText(Page()), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_SevenBillionOnOneRank_NeedsThreeTimesThat()
    {
        var memory = TrainMemory.Compute(SevenBillion(), _options, 2048, bytes: 2);

        Assert.Equal(16 * Weights, memory.Optimizer);
        string line = string.Create(CultureInfo.InvariantCulture, $"| 1 | {memory.Weights / 1e9:F1} | {memory.Optimizer / 1e9:F1} | {memory.Activations / 1e9:F1} | {memory.Total / 1e9:F1} |");
        Assert.Contains(line, File.ReadAllText(Page()), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ExchangeOnceAStep_HoldsTheWholeGradientWhereThereAreSeveralMicroBatches()
    {
        double Exchange(TrainOptions options, int ranks = 8) => TrainMemory.Compute(SevenBillion(), options, 2048, 2, ranks).Exchange;
        double each = Exchange(_options with { ExchangeOnce = false });

        Assert.Equal(4 * Weights, Exchange(_options with { ExchangeOnce = true }) - each);
        Assert.Equal(each, Exchange(_options)); // the least, where it is left open
        Assert.Equal(each, Exchange(_options with { ExchangeOnce = true, BatchSize = 8 })); // one for each rank
        Assert.Equal(each / 2, Exchange(_options with { Exchange = ExchangeType.Bfloat16 }));
        Assert.Equal(0, Exchange(_options with { ExchangeOnce = true }, ranks: 1));
    }

    [Fact]
    public void Of_BatchWithoutMicroBatches_IsSharedByTheRanks()
    {
        var options = new TrainOptions { BatchSize = 10 };

        double one = TrainMemory.Compute(SevenBillion(), options, 2048, 2).Activations;
        double four = TrainMemory.Compute(SevenBillion(), options, 2048, 2, ranks: 4).Activations;

        Assert.Equal(0.3, four / one, 1e-9); // 3 blocks of 10: the largest share
    }

    private static ModelCounts SevenBillion() => ModelCounts.Count(ModelConfig.From(new JsonObject
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["vocab_size"] = 32000,
        ["hidden_size"] = 4096,
        ["intermediate_size"] = 11008,
        ["num_hidden_layers"] = 32,
        ["num_attention_heads"] = 32,
        ["max_position_embeddings"] = 4096,
        ["tie_word_embeddings"] = false,
    }, "test"), "test");

    private static string Page()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FuseSharp.slnx")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder!.FullName, "docs", "many-machines.md");
    }
}

using System.CommandLine;
using FuseSharp.Core.Recipes;

namespace FuseSharp.Cli.Commands;

/// <summary>The options of a training as flags of a command; what is not given keeps the default.</summary>
internal sealed class TrainingFlags
{
    private static readonly TrainOptions _defaults = new();

    private readonly Option<int> _epochs = new("--epochs") { Description = "Times every block is seen.", DefaultValueFactory = _ => _defaults.Epochs };
    private readonly Option<int> _batchSize = new("--batch-size") { Description = "Blocks of one optimizer step.", DefaultValueFactory = _ => _defaults.BatchSize };
    private readonly Option<int> _microBatchSize = new("--micro-batch-size") { Description = "Blocks in memory together; 0 for the whole batch.", DefaultValueFactory = _ => _defaults.MicroBatchSize };
    private readonly Option<bool> _gradientCheckpointing = new("--gradient-checkpointing") { Description = "Keeps only the states between a model's blocks and computes the rest twice: less memory, a third more time." };
    private readonly Option<double> _learningRate = new("--learning-rate") { Description = "Largest learning rate.", DefaultValueFactory = _ => _defaults.LearningRate };
    private readonly Option<double> _warmupRatio = new("--warmup-ratio") { Description = "Share of the steps in which it climbs, 0–1.", DefaultValueFactory = _ => _defaults.WarmupRatio };
    private readonly Option<double> _weightDecay = new("--weight-decay") { Description = "AdamW's weight decay.", DefaultValueFactory = _ => _defaults.WeightDecay };
    private readonly Option<long> _seed = new("--seed") { Description = "Seed of weights and order.", DefaultValueFactory = _ => _defaults.Seed };
    private readonly Option<int> _checkpointEvery = new("--checkpoint-every") { Description = "Steps between checkpoints; 0 for none.", DefaultValueFactory = _ => _defaults.CheckpointEvery };
    private readonly Option<double> _lambda = new("--language-model-weight") { Description = "λ, the weight of the next-token loss where there is a fusion target, 0–1; 1 trains without fusion.", DefaultValueFactory = _ => _defaults.LanguageModelWeight };

    public void AddTo(Command command, bool fuses)
    {
        Option[] options = [_epochs, _batchSize, _microBatchSize, _gradientCheckpointing, _learningRate, _warmupRatio, _weightDecay, _seed, _checkpointEvery];
        foreach (var option in fuses ? [.. options, _lambda] : options)
        {
            command.Options.Add(option);
        }
    }

    public TrainOptions Read(ParseResult parsed, bool fuses) => new()
    {
        Epochs = parsed.GetValue(_epochs),
        BatchSize = parsed.GetValue(_batchSize),
        MicroBatchSize = parsed.GetValue(_microBatchSize),
        GradientCheckpointing = parsed.GetValue(_gradientCheckpointing),
        LearningRate = parsed.GetValue(_learningRate),
        WarmupRatio = parsed.GetValue(_warmupRatio),
        WeightDecay = parsed.GetValue(_weightDecay),
        Seed = parsed.GetValue(_seed),
        CheckpointEvery = parsed.GetValue(_checkpointEvery),
        LanguageModelWeight = fuses ? parsed.GetValue(_lambda) : 1,
    };
}

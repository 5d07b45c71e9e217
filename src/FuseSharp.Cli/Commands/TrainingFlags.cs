using System.CommandLine;
using FuseSharp.Fusion;
using FuseSharp.Models.Layers;
using FuseSharp.Pipeline.Train;

namespace FuseSharp.Cli.Commands;

/// <summary>The options of a training as flags of a command; what is not given keeps the default.</summary>
internal sealed class TrainingFlags
{
    private static readonly TrainOptions _defaults = new();

    private readonly Option<int> _epochs = new("--epochs") { Description = "Times every block is seen.", DefaultValueFactory = _ => _defaults.Epochs };
    private readonly Option<int> _batchSize = new("--batch-size") { Description = "Blocks of one optimizer step; 0 chooses from 8 to 128 by the amount of text.", DefaultValueFactory = _ => _defaults.BatchSize };
    private readonly Option<int> _microBatchSize = new("--micro-batch-size") { Description = "Blocks in memory together; 0 for the whole batch.", DefaultValueFactory = _ => _defaults.MicroBatchSize };
    private readonly Option<bool> _gradientCheckpointing = new("--gradient-checkpointing") { Description = "Keeps only the states between a model's blocks and computes the rest twice: less memory, a third more time." };
    private readonly Option<double> _learningRate = new("--learning-rate") { Description = "Largest learning rate.", DefaultValueFactory = _ => _defaults.LearningRate };
    private readonly Option<double> _warmupRatio = new("--warmup-ratio") { Description = "Share of the steps in which it rises to that, 0–1.", DefaultValueFactory = _ => _defaults.WarmupRatio };
    private readonly Option<double> _weightDecay = new("--weight-decay") { Description = "AdamW's weight decay.", DefaultValueFactory = _ => _defaults.WeightDecay };
    private readonly Option<long> _seed = new("--seed") { Description = "Seed of weights and order.", DefaultValueFactory = _ => _defaults.Seed };
    private readonly Option<int> _checkpointEvery = new("--checkpoint-every") { Description = "Steps between checkpoints; 0 for none.", DefaultValueFactory = _ => _defaults.CheckpointEvery };
    private readonly Option<int> _checkpointLimit = new("--checkpoint-limit") { Description = "Checkpoints that are kept, the newest.", DefaultValueFactory = _ => _defaults.CheckpointLimit };
    private readonly Option<int> _evaluateEvery = new("--evaluate-every") { Description = "Steps between evaluations on the validation split; 0 for none.", DefaultValueFactory = _ => _defaults.EvaluateEvery };
    private readonly Option<bool> _keepBest = new("--keep-best") { Description = "The weights that evaluated best are the result, not the last ones." };
    private readonly Option<int> _stopAfterWorse = new("--stop-after-worse") { Description = "Evaluations in a row without a new best that end the training; 0 for never.", DefaultValueFactory = _ => _defaults.StopAfterWorse };
    private readonly Option<TrainMode> _mode = new("--mode") { Description = "Which weights are trained: full (all of them), lora or qlora.", DefaultValueFactory = _ => _defaults.Mode };
    private readonly Option<int> _rank = new("--lora-rank") { Description = "Rank of the adapters.", DefaultValueFactory = _ => _defaults.Lora.Rank };
    private readonly Option<double> _alpha = new("--lora-alpha") { Description = "Adapters are scaled by alpha / rank.", DefaultValueFactory = _ => _defaults.Lora.Alpha };
    private readonly Option<double> _dropout = new("--lora-dropout") { Description = "Share of the adapters' inputs that is dropped, 0 to below 1.", DefaultValueFactory = _ => _defaults.Lora.Dropout };
    private readonly Option<string[]> _targets = new("--lora-targets") { Description = "Linear layers that get an adapter, such as q_proj; all but the head if not given.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private readonly Option<bool> _merge = new("--lora-merge") { Description = "Writes a whole model with the adapters merged in." };
    private readonly Option<double> _lambda = new("--language-model-weight") { Description = "λ, the weight of the next-token loss where there is a fusion target, 0–1; 1 trains without fusion.", DefaultValueFactory = _ => _defaults.LanguageModelWeight };

    private readonly Option<MethodSettings> _settings = CommonOptions.Settings("reference trains as the FuseLLM reference does, its defects included; needed for what was aligned with its settings");

    public void AddTo(Command command, bool fuses)
    {
        Option[] options = [_epochs, _batchSize, _microBatchSize, _gradientCheckpointing, _learningRate, _warmupRatio, _weightDecay, _seed, _checkpointEvery];
        foreach (var option in fuses ? [.. options, _checkpointLimit, _evaluateEvery, _keepBest, _stopAfterWorse, _mode, _rank, _alpha, _dropout, _targets, _merge, _lambda, _settings] : options)
        {
            command.Options.Add(option);
        }
    }

    public TrainOptions Read(ParseResult parsed, bool fuses) => Start(parsed, fuses) with
    {
        Epochs = parsed.GetValue(_epochs),
        BatchSize = parsed.GetResult(_batchSize) is { Implicit: false } ? parsed.GetValue(_batchSize) : Start(parsed, fuses).BatchSize,
        MicroBatchSize = parsed.GetValue(_microBatchSize),
        GradientCheckpointing = parsed.GetValue(_gradientCheckpointing),
        LearningRate = parsed.GetValue(_learningRate),
        WarmupRatio = parsed.GetValue(_warmupRatio),
        WeightDecay = parsed.GetValue(_weightDecay),
        Seed = parsed.GetValue(_seed),
        CheckpointEvery = parsed.GetValue(_checkpointEvery),
        CheckpointLimit = fuses ? parsed.GetValue(_checkpointLimit) : 1,
        EvaluateEvery = fuses ? parsed.GetValue(_evaluateEvery) : 0,
        KeepBest = fuses && parsed.GetValue(_keepBest),
        StopAfterWorse = fuses ? parsed.GetValue(_stopAfterWorse) : 0,
        Mode = fuses ? parsed.GetValue(_mode) : TrainMode.Full,
        Lora = !fuses ? new LoraOptions() : new LoraOptions
        {
            Rank = parsed.GetValue(_rank),
            Alpha = parsed.GetValue(_alpha),
            Dropout = parsed.GetValue(_dropout),
            TargetModules = parsed.GetValue(_targets) ?? [],
            Merge = parsed.GetValue(_merge),
        },
    };

    private TrainOptions Start(ParseResult parsed, bool fuses)
    {
        var start = fuses && parsed.GetValue(_settings) == MethodSettings.Reference ? TrainOptions.OfReference() : _defaults;
        return !fuses ? start with { LanguageModelWeight = 1 }
            : parsed.GetResult(_lambda) is { Implicit: false } ? start with { LanguageModelWeight = parsed.GetValue(_lambda) } : start;
    }
}

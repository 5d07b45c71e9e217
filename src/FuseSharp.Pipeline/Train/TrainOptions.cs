using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FuseSharp.Fusion;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Scoring;
using FuseSharp.Options;
using FuseSharp.Pipeline.Train.Exchange;

namespace FuseSharp.Pipeline.Train;

/// <summary>How the target learns.</summary>
/// <remarks>Where nothing is said, the default is the published FuseLLM run's (target Llama-2-7B, MiniPile); learning rate and evaluations are chosen by what they lead to.</remarks>
[Preset("settings", "reference", nameof(OfReference))]
public sealed record TrainOptions : ICheckedOptions
{
    /// <summary>Learning rate of the published FuseLLM run.</summary>
    public const double PublishedLearningRate = 1e-5;

    /// <summary>Evaluations of a training on its way, where their number is not given.</summary>
    internal const int EvaluationsOfATraining = 10;

    /// <summary>reference starts from what the FuseLLM reference computes, its defects included; keys that stand in the recipe overrule it.</summary>
    /// <remarks>It sets batch_size 128, learning_rate 1e-5, evaluate_every 0, keep_best false and stop_after_worse 0, and of the group fusion next_token_weight 0.9, missing_probability renormalize, selection block, full_weight_without_teacher false and
    /// rounds_like_reference true; the rest is the published run's already.</remarks>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // what it sets is in a training's key anyway
    public MethodSettings Settings { get; init; } = MethodSettings.Default;

    /// <summary>Whether the target learns from all sources at once, or a copy of it from each, which are merged then.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // no single training has another one
    public FusionStrategy Strategy { get; init; }

    /// <summary>Which weights of the target are trained: all, or LoRA adapters, beside weights in NF4 with qlora.</summary>
    public TrainMode Mode { get; init; } = TrainMode.Full;

    /// <summary>Adapters, for the modes that have them.</summary>
    public LoraOptions Lora { get; init; } = new();

    /// <summary>Passes over the training data.</summary>
    [Range(1, 1000)] public int Epochs { get; init; } = 1;

    /// <summary>Blocks of one optimizer step. 0: fits the amount of text, the largest of 128, 64, 32, 16 and 8 that leaves at least 100 steps, else 8.</summary>
    /// <remarks>The published run has 128, of a million documents; on a small text that would be a step or two, which teach nothing.</remarks>
    [Range(0, 1 << 20)] public int BatchSize { get; init; }

    /// <summary>Blocks that are in memory together; smaller needs less memory and gives the same step (gradient accumulation). 0: the whole batch.</summary>
    [Range(0, 1 << 20)] public int MicroBatchSize { get; init; }

    /// <summary>Whether only the states between a model's blocks are kept for the gradient, and the rest is computed a second time.</summary>
    /// <remarks>For long blocks and large models: a fraction of the memory for about a third more time. Gradients are the same.</remarks>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Largest learning rate, reached at the end of the warm-up. auto: chosen for each method by a range test and short trainings, in bits per byte on the validation texts;
    /// 1e-5, the published run's, where there are none.</summary>
    /// <remarks>Null is auto. 1e-5 suits a 7B model; models of a few million parameters learn at 1e-3.</remarks>
    [Automatic, Range(1e-9, 1.0)] public double? LearningRate { get; init; }

    /// <summary>Schedule of the learning rate after the warm-up.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>Share of all steps in which the learning rate rises to its largest, 0–1.</summary>
    [Range(0.0, 1.0)] public double WarmupRatio { get; init; } = 0.008;

    /// <summary>Steps in which it rises, instead of a share; 0 takes <see cref="WarmupRatio"/>.</summary>
    [Range(0, 1 << 30)] public int WarmupSteps { get; init; }

    /// <summary>AdamW's decoupled weight decay; not applied to norms and biases, as Hugging Face's trainer has it.</summary>
    [Range(0.0, 10.0)] public double WeightDecay { get; init; } = 0.1;

    /// <summary>AdamW's β₁.</summary>
    [Range(0.0, 0.9999)] public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's β₂.</summary>
    [Range(0.0, 0.99999)] public double Beta2 { get; init; } = 0.95;

    /// <summary>Gradients whose norm over all parameters is larger are scaled down to it.</summary>
    [Range(1e-6, 1e6)] public double MaxGradientNorm { get; init; } = 1.0;

    /// <summary>Number type in which the target is trained; the result is saved in the target's own type.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>What is learned from the sources' distributions beside the next token; none learns from the texts alone, as the CLM baseline does.</summary>
    public FusionOptions? Fusion { get; init; } = new();

    /// <summary>Number type in which ranks that train together send each other gradients: bfloat16 halves the bytes and rounds them. It does nothing to a training by one process.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // keys of trainings that say nothing of it stay what they are
    public ExchangeType Exchange { get; init; }

    /// <summary>Whether such ranks exchange gradients once a step, which takes 4 bytes a weight more in each, or after each micro-batch.
    /// auto: once, where what plan reckons for a rank fits into nine tenths of its part of the machine's memory, or of its graphics processor's. The result is the same up to rounding.</summary>
    /// <remarks>Null is auto. It matters where a rank has several micro-batches in a step.</remarks>
    [Automatic, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool? ExchangeOnce { get; init; }

    /// <summary>Seed of the order in which blocks are seen.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Steps between two checkpoints; 0 counts no steps. A training that is told to stop writes one first.</summary>
    [Range(0, 1 << 30)] public int CheckpointEvery { get; init; } = 500;

    /// <summary>Minutes after which one is written besides, so that no more work than that is lost; 0 looks at no clock. The result does not depend on it.</summary>
    [Range(0.0, 100_000.0)] public double CheckpointMinutes { get; init; } = 30;

    /// <summary>Checkpoints that are kept, the newest; the published run keeps one.</summary>
    [Range(1, 1000)] public int CheckpointLimit { get; init; } = 1;

    /// <summary>Steps between two evaluations on the validation split, in bits per byte; 0 evaluates never. auto: a tenth of the steps, on the first 16,000 bytes of each domain;
    /// never where there are no validation texts. The published run: 500.</summary>
    /// <remarks>Null is auto.</remarks>
    [Automatic, Range(0, 1 << 30)] public int? EvaluateEvery { get; init; }

    /// <summary>Whether the weights that evaluated best are the result, rather than the last ones: those of the untouched target where none are better. Without <see cref="EvaluateEvery"/> it does nothing.</summary>
    public bool KeepBest { get; init; } = true;

    /// <summary>Evaluations in a row without a new best after which training ends; 0 never ends it early. Without <see cref="EvaluateEvery"/> it does nothing.</summary>
    [Range(0, 1000)] public int StopAfterWorse { get; init; } = 5;

    /// <inheritdoc/>
    public IEnumerable<string> Conflicts(string path)
    {
        if (BatchSize > 0 && MicroBatchSize > BatchSize)
        {
            yield return FormattableString.Invariant($"'{path}micro_batch_size' is {MicroBatchSize}, more than '{path}batch_size' {BatchSize}.");
        }
    }

    /// <summary>The options with numbers for what is left to a training's length and texts: batch size and evaluations, which keep nothing where there are none. The learning rate stays as it is.</summary>
    /// <param name="length">Of the training.</param>
    /// <param name="validates">Whether there are validation texts.</param>
    public TrainOptions Settle(TrainLength length, bool validates)
    {
        int every = EvaluateEvery ?? (validates ? Math.Max(1, length.Steps / EvaluationsOfATraining) : 0);
        return this with { BatchSize = length.BatchSize, EvaluateEvery = every, KeepBest = KeepBest && every > 0, StopAfterWorse = every > 0 ? StopAfterWorse : 0 };
    }

    /// <summary>What decides the result: when states are written, how many are kept, and how often ranks exchange, does not.</summary>
    public TrainOptions ForKey()
    {
        var defaults = new TrainOptions();
        return this with { CheckpointEvery = defaults.CheckpointEvery, CheckpointMinutes = defaults.CheckpointMinutes, CheckpointLimit = defaults.CheckpointLimit, ExchangeOnce = null };
    }

    /// <summary>The start of <c>settings: reference</c>.</summary>
    public static TrainOptions OfReference() => new()
    {
        Settings = MethodSettings.Reference,
        BatchSize = TrainLength.PublishedBatchSize,
        LearningRate = PublishedLearningRate,
        EvaluateEvery = 0,
        KeepBest = false,
        StopAfterWorse = 0,
        Fusion = FusionOptions.OfReference(),
    };
}

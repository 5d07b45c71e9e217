using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Fusion.Split;
using FuseSharp.Models.Architectures;
using FuseSharp.Pipeline.Check;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;
using FuseSharp.Pipeline.Train.Rates;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Pipeline.Plan;

/// <summary>How much text there is and how large the models are: what the costs of steps are made of.</summary>
internal sealed class RunSizes
{
    /// <summary>Memory of a process that holds no model: runtime, libtorch and what it keeps of earlier work. 0.63 to 0.84 GB of a demo's represent were measured where
    /// its models have 8 MB.</summary>
    public const double Process = 600e6;

    /// <summary>The same of a training, beyond what <see cref="TrainMemory"/> counts: 0.34 GB were measured where that says 0.09.</summary>
    public const double TrainProcess = 250e6;

    /// <summary>On disk for each represented token, beside its candidates.</summary>
    public const double TokenBytes = 12;

    // English text in vocabularies of 32,000 to 50,000; small vocabularies make more tokens.
    private const double BytesPerToken = 4;

    private const double CandidateBytes = 6; // a float16 and an id of at most 4 bytes

    private readonly Recipe _recipe;
    private readonly int _bytes;
    private readonly Dictionary<string, ModelCounts> _models;

    /// <summary>Looks at a recipe's texts and at its models' configurations.</summary>
    /// <param name="recipe">Checked, with a length.</param>
    /// <param name="bytes">Of a number in the working type.</param>
    public RunSizes(Recipe recipe, int bytes)
    {
        (_recipe, _bytes) = (recipe, bytes);
        _models = recipe.LocalModels.Distinct().ToDictionary(m => m, ModelCounts.Count);
        var surveys = FusionWarnings.SurveysOf(recipe);
        TrainTokens = surveys.Values.Sum(s => s.TrainBytes / s.BytesPerToken);
        Length = FusionWarnings.LengthOf(recipe, surveys);
        var tests = recipe.Texts.ToDictionary(t => t.Key, t => TextSurvey.TestBytes(t.Value, recipe.Split));
        TestTokens = tests.Sum(t => t.Value / surveys[t.Key].BytesPerToken);
        TextBytes = tests.Values.Sum() + surveys.Values.Sum(s => (double)s.TrainBytes);
    }

    /// <summary>Bytes that there are for each rank; 0 where nobody says.</summary>
    public double MemoryLimit { get; init; }

    /// <summary>Of the texts that are learned from, read once.</summary>
    public double TrainTokens { get; }

    /// <summary>Of the texts that are measured on.</summary>
    public double TestTokens { get; }

    /// <summary>Of all texts, UTF-8.</summary>
    public double TextBytes { get; }

    /// <summary>How many steps a training takes; its blocks are an estimate.</summary>
    public TrainLength Length { get; }

    /// <summary>On disk for one model's candidates of all tokens.</summary>
    public double RowBytes => TrainTokens * _recipe.Represent.TopK * CandidateBytes;

    /// <summary>The model that is trained.</summary>
    public ModelCounts Target => _models[_recipe.Target];

    /// <summary>How large a model is; one that the run makes is as large as the target.</summary>
    public ModelCounts Of(string model) => _models.GetValueOrDefault(model, Target);

    /// <summary>Reading some tokens with one model.</summary>
    public StepCost Reading(string model, double tokens) => new(WeightBytes(Of(model)) + Process, 0, tokens * TrainCost.PerReadToken(Of(model), _recipe.Split.MaxLength));

    /// <summary>Reading some tokens with all models, all of them in memory.</summary>
    public StepCost ReadingTogether(double tokens)
        => new(_models.Values.Sum(WeightBytes) + Process, 0, tokens * _recipe.LocalModels.Sum(m => TrainCost.PerReadToken(Of(m), _recipe.Split.MaxLength)));

    /// <summary>Writing a model like another, a tensor at a time.</summary>
    public StepCost Writing(string model) => new(Process, WeightBytes(Of(model)), 0);

    /// <summary>Writing the training texts of a domain, one model after the other.</summary>
    public StepCost Writing(IReadOnlyList<string> writers, TextEntry entry)
        => new(writers.Max(w => WeightBytes(Of(w))) + Process, TextSurvey.WrittenBytes(entry, writers.Count), writers.Sum(w => Reading(w, TextSurvey.WrittenBytes(entry, 1) / BytesPerToken).Operations));

    /// <summary>Choosing the learning rate of a training.</summary>
    public StepCost Rate(TrainOptions options)
    {
        var training = Training(options);
        double evaluations = EvaluationOperations * (1 + RateRange.CandidateCount);
        return training with
        {
            DiskBytes = 0,
            TemporaryBytes = 0,
            Operations = ((double)RateBudget.OfRun(Length.Steps).Steps / Length.Steps * LearningOperations(options)) + evaluations,
        };
    }

    /// <summary>Training the target.</summary>
    public StepCost Training(TrainOptions options)
        => new(
            MemoryOf(options, _recipe.Ranks).Total + TrainProcess, WeightBytes(Target),
            LearningOperations(options) + (options.EvaluateEvery is null ? EvaluationOperations * (1 + TrainOptions.EvaluationsOfATraining) : 0),
            TemporaryBytes: (options.CheckpointLimit + 1) * 12.0 * TrainMemory.Learns(Target, options));

    /// <summary>Memory of a training in its parts: exchanging gradients once a step where that is asked for, or left open and fits.</summary>
    public TrainMemory MemoryOf(TrainOptions options, int ranks)
    {
        TrainMemory Compute(bool? once) => TrainMemory.Compute(Target, options with { BatchSize = Length.BatchSize, ExchangeOnce = once }, _recipe.Split.MaxLength, _bytes, ranks);
        return options.ExchangeOnce is null && Compute(true) is var whole && whole.Total <= RankMemory.Usable * MemoryLimit ? whole : Compute(options.ExchangeOnce);
    }

    // Of the validation texts, as evaluations read them that are left to the program.
    private double EvaluationOperations => _recipe.Texts.Count * ValidationTexts.ShortBytesPerDomain / BytesPerToken * TrainCost.PerReadToken(Target, _recipe.Split.MaxLength);

    private double LearningOperations(TrainOptions options) => options.Epochs * TrainTokens * TrainCost.PerTrainedToken(Target, options, _recipe.Split.MaxLength);

    private double WeightBytes(ModelCounts model) => model.Weights * (double)_bytes;
}

using FuseSharp.Evaluation.Ensemble;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Evaluation.Judge;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Map;
using FuseSharp.Fusion.Pack;
using FuseSharp.Fusion.Records;
using FuseSharp.Fusion.Split;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Check;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Pipeline.Train;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Ranks;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline;

/// <summary>The whole fusion: the only type that knows all stages. Each stage's output is the next one's input.</summary>
/// <param name="recipe">Checked, with a length that <see cref="RecipeDefaults"/> has found.</param>
/// <param name="device">Where the models run.</param>
/// <param name="progress">Gets every stage's progress.</param>
/// <param name="cancellation">Ends the run within a batch; running again goes on.</param>
/// <param name="method">Where several alignments share a run's folder: the name of this one.</param>
/// <param name="repairs">Whether finished shards are checked and damaged ones made again.</param>
/// <param name="ranks">Who runs it together, each all of it; null for this process alone.</param>
/// <param name="warnsOfLength">Whether to warn of trainings of a few steps, once; false where <see cref="FusionWarnings"/> did it.</param>
public sealed class FusionPipeline(
    Recipe recipe, Device device, IProgressReporter progress, CancellationToken cancellation, string method = "", bool repairs = false, IRanks? ranks = null, bool warnsOfLength = true)
{
    private readonly RunFolder _run = new(recipe.Output, method);
    private bool _warnsOfLength = warnsOfLength;

    private int Window => recipe.Evaluate.Window == 0 ? recipe.Split.MaxLength : recipe.Evaluate.Window;

    /// <summary>Runs what is missing or out of date.</summary>
    public ComparisonTable Run()
    {
        var contenders = new Contenders(recipe, _run); // before any costly work: it reads every model's shape
        Represent();
        Blend();
        foreach (var entry in contenders.All.SelectMany(c => c.Entries))
        {
            Make(entry);
        }

        var table = Evaluate(contenders);
        OnOneRank(() => Describe(contenders));
        return table;
    }

    /// <summary>What the models say of the texts: stages 1 and 2.</summary>
    internal void Represent()
    {
        Split();
        foreach (string model in recipe.Models)
        {
            RepresentStage.Run(model, device, _run.Split, recipe.Split.MaxLength, recipe.Represent, Output(_run.Represent(model)), progress, cancellation);
        }
    }

    /// <summary>What they say, over the target's tokens: stages 3 to 5.</summary>
    internal void Blend()
    {
        Map();
        Align();
        Pack();
    }

    /// <summary>One training and its figures on the test texts: stages 6 and 7.</summary>
    internal IReadOnlyDictionary<string, BitsPerByteResult> TrainAndEvaluate(string name, TrainOptions options)
    {
        Train(name, options);
        return Evaluate(_run.Train(name));
    }

    /// <summary>A model's figures on the test texts: stage 7.</summary>
    internal IReadOnlyDictionary<string, BitsPerByteResult> Evaluate(string model)
        => EvaluateStage.Run(() => Load(model, recipe.Represent.Precision), model, _run.Split, Window, _run.Evaluate(model), progress, cancellation, ranks);

    private void Split()
        => SplitStage.Run(recipe.Texts, [.. recipe.Models.Select(m => TokenizerFolder.Load(m))], recipe.Split, Output(_run.Split), progress, cancellation);

    private void Map()
    {
        if (!recipe.Align.UsesMap())
        {
            return;
        }

        var target = TokenizerFolder.Load(recipe.Target);
        var texts = new TextBlockFiles(_run.Split, DataSplit.Validation).Read().Select(t => t.Text);
        foreach (string source in recipe.Sources)
        {
            MapStage.Run(target, TokenizerFolder.Load(source), recipe.Align.Map, (texts, Manifest.Read(_run.Split).Key), recipe.Split.MaxLength, _run.Map(source), progress, cancellation, ranks);
        }
    }

    private void Align()
    {
        var target = TokenizerFolder.Load(recipe.Target);
        foreach (string source in recipe.Sources)
        {
            AlignStage.Run(target, TokenizerFolder.Load(source), Recipe.NameOf(source), _run.Represent(recipe.Target), _run.Represent(source),
                recipe.Align, recipe.Align.UsesMap() ? _run.Map(source) : null, Output(_run.Align(source)), progress, cancellation);
        }
    }

    private void Pack()
        => PackStage.Run(_run.Represent(recipe.Target), [.. recipe.Sources.Select(s => (Recipe.NameOf(s), _run.Represent(s), _run.Align(s)))],
            recipe.Split.MaxLength, recipe.Pack, Output(_run.Pack), progress, cancellation);

    private void Make(ContenderEntry entry)
    {
        if (entry.Training is { } training)
        {
            Train(Recipe.NameOf(entry.Model!), training);
        }

        if (entry.Merge is { } merge)
        {
            OnOneRank(() => MergeStage.Run(merge, entry.Model!, progress, cancellation));
        }
    }

    private void Train(string name, TrainOptions options)
    {
        TrainStage.Run(name, recipe.Target, _run.Pack, options, recipe.Represent.Precision, device, _run.Train(name), progress, cancellation, Validation(options), ranks, _warnsOfLength);
        _warnsOfLength = false; // the others are as long
    }

    private TrainValidation? Validation(TrainOptions options)
        => options.EvaluateEvery == 0 ? null : new TrainValidation(Manifest.Read(_run.Split).Key, ValidationTexts.Measure(_run.Split, recipe.Split.MaxLength, cancellation, ranks));

    private ComparisonTable Evaluate(Contenders contenders)
    {
        ComparisonRow[] rows = [.. contenders.All.Select(c => new ComparisonRow(c.Name, [.. c.Entries.Select(e => e.Model is { } model ? Evaluate(model) : EvaluateEnsemble())]))];
        return new ComparisonTable([.. recipe.Texts.Keys], rows) { NotMade = contenders.NotMade };
    }

    /// <summary>What the report shows beside bits per byte: benchmarks, samples, teachers.</summary>
    private void Describe(Contenders contenders)
    {
        if (recipe.Evaluate.Tasks.Count > 0)
        {
            Ask(contenders);
        }

        var prompts = SampleStage.Prompts(_run.Split, recipe.Generate.Prompt, recipe.Evaluate.Samples);
        foreach (string model in contenders.Sampled)
        {
            SampleStage.Run(() => Load(model, recipe.Represent.Precision), model, prompts, recipe.Generate, _run.Samples(model), progress, cancellation);
        }

        TeachingStage.Run(_run.Split, _run.Pack, recipe.Train, _run.Teaching, progress, cancellation);
    }

    // Of trainings the first seed: what questions leave uncertain is far more than what seeds do.
    private void Ask(Contenders contenders)
    {
        TaskDefinition[] tasks = [.. recipe.Evaluate.Tasks.Select(t => TaskDefinition.Find(t))];
        var options = TaskRunOptions.Of(recipe.Evaluate);
        var stage = new TaskStage(tasks, options);
        foreach (var entry in contenders.All.Select(c => c.Entries[0]))
        {
            var models = entry.Model is { } one ? [(one, LanguageModel.Fingerprint(one))] : ModelEnsemble.Members([.. recipe.Models], recipe.Baselines.EnsembleWeights);
            ITaskModel Open() => entry.Model is { } model ? new TaskModel(Load(model, recipe.Represent.Precision), TaskModel.DefaultBatchSize) : new EnsembleTaskModel(OpenEnsemble());
            stage.Run(Open, models, _run.Tasks(entry.Name), progress, cancellation);
        }

        if (recipe.Evaluate.Judge.Endpoint is not null && tasks.Any(t => t.Name == JudgeQuestion.Task))
        {
            Judge(contenders, options.Data);
        }
    }

    private void Judge(Contenders contenders, string data)
    {
        string AnswersOf(Contender contender) => TaskStage.FileIn(_run.Tasks(contender.Entries[0].Name));
        foreach (var contender in contenders.All)
        {
            string? baseline = contender == contenders.Baseline ? null : AnswersOf(contenders.Baseline);
            JudgeStage.Run(recipe.Evaluate.Judge, data, AnswersOf(contender), baseline, _run.Judged(contender.Entries[0].Name), progress, cancellation);
        }
    }

    private IReadOnlyDictionary<string, BitsPerByteResult> EvaluateEnsemble()
    {
        string folder = _run.Evaluate(RunFolder.Ensemble);
        OnOneRank(() => EnsembleStage.Run([.. recipe.Models], recipe.Baselines.EnsembleWeights, OpenEnsemble, _run.Split, Window, folder, progress, cancellation));
        return EvaluateStage.Read(folder);
    }

    private ModelEnsemble OpenEnsemble() => new([.. recipe.Models.Select(m => Load(m, recipe.Represent.Precision))], recipe.Baselines.EnsembleWeights);

    // Work that is not shared: rank 0 does it, the others wait.
    private void OnOneRank(Action work)
    {
        if ((ranks?.Rank ?? 0) == 0)
        {
            work();
        }

        ranks?.Barrier();
    }

    private StageOutput Output(string folder)
        => new(folder) { Compression = recipe.Store.Compression, SkipsBadDocuments = recipe.Store.SkipBadDocuments, Repairs = repairs, Ranks = ranks ?? SingleRank.Instance };

    private LanguageModel Load(string model, Precision precision)
        => LanguageModel.Load(Recipe.NameOf(model), model, WorkingType.Of(precision, device), device);
}

using FuseSharp.Evaluation.Ensemble;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Evaluation.Judge;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Files;
using FuseSharp.Fusion;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Map;
using FuseSharp.Fusion.Pack;
using FuseSharp.Fusion.Records;
using FuseSharp.Fusion.Split;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Pipeline.Represent.Served;
using FuseSharp.Pipeline.Train;
using FuseSharp.Pipeline.Train.Rates;
using FuseSharp.Pipeline.Write;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Plan;

/// <summary>Makes the steps of a recipe's run: the only type that knows all stages. Each stage's output is the next one's input.</summary>
/// <param name="recipe">Checked, with a length.</param>
/// <param name="run">Where everything is.</param>
internal sealed class FusionSteps(Recipe recipe, RunFolder run)
{
    private readonly Dictionary<string, ITokenizer> _tokenizers = new(StringComparer.Ordinal);
    private ConversationSplit? _conversations;
    private bool _hasLooked;

    /// <summary>Whether a judge reads answers. A benchmark's file that is gone, as in a run that is read elsewhere, is no judge's.</summary>
    public bool IsJudged
        => recipe.Evaluate.Judge.Endpoint is not null
            && recipe.Evaluate.Tasks.Any(t => t == JudgeQuestion.Task || (File.Exists(t) && TaskDefinition.Find(t).Name == JudgeQuestion.Task));

    private int Length => recipe.Split.MaxLength;

    // Over whose vocabulary the rows of sources stand; null for their own.
    private PieceEncoder? ProjectedOnto => recipe.ProjectsRows ? EncoderOf(recipe.Target) ?? new PieceEncoder(Tokenizer(recipe.Target), null) : null;

    private int Window => recipe.Evaluate.Window == 0 ? Length : recipe.Evaluate.Window;

    /// <summary>Training texts that models write.</summary>
    public IEnumerable<FusionStep> Written() => recipe.Texts.Where(t => t.Value.IsWritten).Select(t => Write(t.Key, t.Value));

    /// <summary>What the models say of the texts: stages 1 and 2.</summary>
    public IEnumerable<FusionStep> Texts() => [Split(), Represent(recipe.Target, run.Represent(recipe.Target), () => null), .. recipe.Sources.Select(s => s.Served is { } served ? Represent(s, served) : Represent(s, Represented(s), () => ProjectedOnto))];

    /// <summary>What they say, over the target's tokens: stages 3 to 5.</summary>
    public IEnumerable<FusionStep> Method()
        => [.. recipe.Sources.SelectMany(s => recipe.Align.UsesMap() ? [Map(s), Align(s)] : new[] { Align(s) }), Pack()];

    /// <summary>A method's learning rate, where the recipe leaves it to the program.</summary>
    /// <param name="method">What its trainings are called together.</param>
    /// <param name="options">Of its first training.</param>
    /// <param name="candidates">Rates to choose from; none for a range test.</param>
    public FusionStep Rate(string method, TrainOptions options, params IReadOnlyList<double> candidates)
        => new("rate", method, run.Rate(method))
        {
            Inputs = From(("packed", run.Pack), ("texts", run.Split)),
            Key = states => !states.Stays(run.Pack) || !states.Stays(run.Split) ? null
                : RateStage.KeyOf(recipe.Target, states.KeyOf(run.Pack)!, options, Blocks, ValidationTexts.Exist(run.Split) ? states.KeyOf(run.Split) : null, candidates),
            Work = context => RateStage.Run(method, recipe.Target, run.Pack, options, context.Device, run.Rate(method), context.Stage,
                TrainValidation.Read(run.Split, Length, every: null, context.Stage), candidates),
            Cost = sizes => sizes.Rate(options),
        };

    /// <summary>A training: stage 6.</summary>
    /// <param name="name">What the model is called.</param>
    /// <param name="method">What its trainings of all seeds are called together.</param>
    /// <param name="options">How it is trained.</param>
    public FusionStep Train(string name, string method, TrainOptions options)
        => new("train", name, run.Train(name))
        {
            Inputs = From([("packed", run.Pack), ("texts", run.Split), .. options.LearningRate is null ? [("rate", run.Rate(method))] : Array.Empty<(string, string)>()]),
            Key = states => TrainingKey(states, method, options),
            Work = context =>
            {
                TrainStage.Run(name, recipe.Target, run.Pack, WithRate(method, options), context.Device, run.Train(name), context.Stage,
                    TrainValidation.Read(run.Split, Length, options.EvaluateEvery, context.Stage), context.WarnsOfLength);
                context.WarnsOfLength = false; // the others are as long
            },
            Cost = sizes => sizes.Training(options),
        };

    /// <summary>A merge of weights.</summary>
    public FusionStep Merge(ModelRun made)
        => new("merge", ModelName.FromPath(made.Model!), made.Model!)
        {
            Inputs = From([.. made.Parts.Select(p => ($"model {made.Merge!.AllModels.ToList().IndexOf(p.Model!)}", p.Model!))]),
            Key = states => made.Parts.All(p => states.Stays(p.Model!)) ? MergeStage.KeyOf(made.Merge!) : null,
            Work = context => MergeStage.Run(made.Merge!, made.Model!, context.Stage),
            Cost = sizes => sizes.Writing(recipe.Target),
            IsDoneOnOneRank = true,
        };

    /// <summary>Bits per byte on the test texts: stage 7.</summary>
    public FusionStep Evaluate(ModelRun measured)
        => measured.Served is { } source ? Evaluate(source, source.Served!) : measured.Model is { } model ? Evaluate(model) : EvaluateEnsemble();

    /// <summary>The same for a model.</summary>
    public FusionStep Evaluate(string model)
        => new("evaluate", ModelName.FromPath(model), run.Evaluate(model))
        {
            Inputs = From(("model", model), ("texts", run.Split)),
            Key = states => states.Stays(model) && states.KeyOf(run.Split) is { } texts ? EvaluateStage.KeyOf(model, texts, Window, EvaluationType(states)) : null,
            Work = context => EvaluateStage.Run(() => context.Load(model), model, run.Split, Window, context.EvaluationType, run.Evaluate(model), context.Stage),
            Cost = sizes => sizes.Reading(model, sizes.TestTokens),
        };

    private FusionStep Evaluate(RecipeModel source, EndpointModel served)
        => new("evaluate", source.Name, run.Evaluate(source.Name))
        {
            Inputs = From(("represented", Represented(source)), ("texts", run.Split)),
            Key = states => states.Stays(Represented(source)) && states.KeyOf(run.Split) is { } texts
                ? EndpointEvaluation.KeyOf(served, Written(Represented(source)), Tokenizer(source).Fingerprint, texts, Window) : null,
            Work = context => EndpointEvaluation.Run(served, Written(Represented(source)), run.Split, Window, recipe.Represent.Requests, run.Evaluate(source.Name), context.Stage),
            Cost = _ => new StepCost(RunSizes.Process, 0, 0),
        };

    /// <summary>A row's answers to the recipe's benchmarks.</summary>
    public FusionStep Benchmarks(ModelRun asked)
    {
        var stage = new Lazy<TaskStage>(() => new TaskStage([.. recipe.Evaluate.Tasks.Select(t => TaskDefinition.Find(t))], TaskRunOptions.From(recipe.Evaluate)));
        IReadOnlyList<(string, string)> Models() => asked.Model is { } one ? [(one, LanguageModel.Fingerprint(one))] : ModelEnsemble.Members([.. recipe.LocalModels], recipe.Baselines.EnsembleWeights);
        ITaskModel Open(StepContext context) => asked.Model is { } model ? new TaskModel(context.Load(model), TaskModel.DefaultBatchSize) : new EnsembleTaskModel(OpenEnsemble(context));
        return new("benchmarks", ModelName.FromPath(asked.Name), run.Tasks(asked.Name))
        {
            Inputs = asked.Model is { } model ? From(("model 0", model)) : From(),
            Key = states => asked.Model is null || states.Stays(asked.Model) ? stage.Value.KeyOf(Models()) : null,
            Work = context => stage.Value.Run(() => Open(context), Models(), run.Tasks(asked.Name), context.Stage),
            Cost = sizes => (asked.Model is { } one ? sizes.Reading(one, 0) : sizes.ReadingTogether(0)) with { Operations = double.NaN },
            IsDoneOnOneRank = true,
        };
    }

    /// <summary>A judge's opinion of a row's answers, and of them beside the baseline's.</summary>
    public FusionStep Judge(ModelRun judged, ModelRun baseline)
    {
        string[] answers = judged == baseline ? [run.Tasks(judged.Name)] : [run.Tasks(judged.Name), run.Tasks(baseline.Name)];
        string? Other() => answers.Length > 1 ? TaskStage.FileIn(answers[1]) : null;
        string data = TaskRunOptions.From(recipe.Evaluate).Data;
        return new("judge", ModelName.FromPath(judged.Name), run.Judged(judged.Name))
        {
            Inputs = From([("answers", answers[0]), .. answers.Skip(1).Select(a => ("baseline", a))]),
            Key = states => Array.TrueForAll(answers, states.Stays) ? JudgeStage.KeyOf(recipe.Evaluate.Judge, data, TaskStage.FileIn(answers[0]), Other()) : null,
            Work = context => JudgeStage.Run(recipe.Evaluate.Judge, data, TaskStage.FileIn(answers[0]), Other(), run.Judged(judged.Name), context.Stage),
            Cost = _ => new StepCost(RunSizes.Process, 0, double.NaN),
            IsDoneOnOneRank = true,
        };
    }

    /// <summary>What a model makes of the report's prompts.</summary>
    public FusionStep Samples(string model)
    {
        IReadOnlyList<SamplePrompt> Prompts() => SampleStage.Prompts(run.Split, recipe.Generate.Prompt, recipe.Evaluate.Samples);
        return new("generate", ModelName.FromPath(model), run.Samples(model))
        {
            Inputs = From(("model", model), ("texts", run.Split)),
            Key = states => states.Stays(model) && states.Stays(run.Split) ? SampleStage.KeyOf(model, Prompts(), recipe.Generate, EvaluationType(states)) : null,
            Work = context => SampleStage.Run(() => context.Load(model), model, run.Split, Prompts(), recipe.Generate, context.EvaluationType, run.Samples(model), context.Stage),
            Cost = sizes => sizes.Reading(model, (recipe.Evaluate.Samples + (recipe.Generate.Prompt.Length > 0 ? 1 : 0)) * (double)recipe.Generate.MaxTokens),
            IsDoneOnOneRank = true,
        };
    }

    /// <summary>Which model taught how much.</summary>
    public FusionStep Teachers(FusionOptions fusion)
        => new("teachers", "", run.Teaching)
        {
            Inputs = From(("packed", run.Pack), ("texts", run.Split)),
            Key = states => states.KeyOf(run.Split) is { } texts && states.KeyOf(run.Pack) is { } packed ? TeachingStage.KeyOf(texts, packed, fusion) : null,
            Work = context => TeachingStage.Run(run.Split, run.Pack, fusion, run.Teaching, context.Stage),
            Cost = _ => new StepCost(RunSizes.Process, 0, 0),
            IsDoneOnOneRank = true,
        };

    private FusionStep Write(string domain, TextEntry entry)
    {
        var writers = recipe.WritersOf(entry);
        var known = recipe.Texts.ToDictionary(t => t.Key, t => t.Value with { WrittenBy = null });
        var options = WriteOptions.FromEntry(domain, entry);
        return new("write", domain, run.Write(domain))
        {
            Key = states => WriteStage.KeyOf(writers, options, entry.Prompts, known, EvaluationType(states)),
            Work = context => WriteStage.Run(writers, context.LoadWriter, options, entry.Prompts, known, context.EvaluationType, run.Write(domain), context.Stage),
            Cost = sizes => sizes.Writing(writers, entry),
            IsDoneOnOneRank = true,
        };
    }

    // With what models wrote among the training texts.
    private Dictionary<string, TextEntry> AllTexts() => recipe.Texts.ToDictionary(t => t.Key, t => t.Value.IsWritten ? t.Value with { Train = WriteStage.TextsIn(run.Write(t.Key)) } : t.Value);

    private FusionStep Split()
        => new("split", "", run.Split)
        {
            Inputs = From([.. recipe.Texts.Where(t => t.Value.IsWritten).Select(t => ($"texts.{t.Key}", run.Write(t.Key)))]),
            Key = states => recipe.Texts.All(t => !t.Value.IsWritten || states.Stays(run.Write(t.Key)))
                ? SplitStage.KeyOf(AllTexts(), Tokenizers(), recipe.Split, recipe.Store.Compression, Conversations()?.Reading) : null,
            Work = context => SplitStage.Run(AllTexts(), Tokenizers(), recipe.Split, context.Output(run.Split), context.Stage, Conversations()),
            Cost = sizes => new StepCost(RunSizes.Process, sizes.TextBytes, 0),
        };

    private FusionStep Represent(RecipeModel named, string folder, Func<PieceEncoder?> target)
    {
        string model = named.Files;
        return new("represent", named.Name, folder)
        {
            Inputs = From(("texts", run.Split)),
            Key = states => states.KeyOf(run.Split) is { } texts
                ? RepresentStage.KeyOf(model, Tokenizer(named), WorkingType.Resolve(recipe.Represent.Precision, states.Device), texts, Length, recipe.Represent, recipe.Store.Compression, target(), EncoderOf(named)) : null,
            Work = context => RepresentStage.Run(model, context.Device, run.Split, Length, recipe.Represent, context.Output(folder), context.Stage, target()),
            Cost = sizes => sizes.Reading(model, sizes.TrainTokens) with { DiskBytes = sizes.RowBytes + (sizes.TrainTokens * RunSizes.TokenBytes) },
        };
    }

    // The server has the weights and does the work: nothing of it is this machine's but the rows.
    private FusionStep Represent(RecipeModel source, EndpointModel served)
        => new("represent", source.Name, Represented(source))
        {
            Inputs = From(("texts", run.Split)),
            Key = states => states.KeyOf(run.Split) is { } texts ? EndpointStage.KeyOf(served, Tokenizer(source), texts, Length, recipe.Represent, Written(Represented(source)), EncoderOf(source)) : null,
            Work = context => EndpointStage.Run(served, run.Split, Length, recipe.Represent, context.Output(Represented(source)), context.Stage),
            Cost = sizes => new StepCost(RunSizes.Process, sizes.RowBytes + (sizes.TrainTokens * RunSizes.TokenBytes), 0),
        };

    private FusionStep Map(RecipeModel source)
        => new("map", source.Name, run.Map(source.Name))
        {
            Inputs = From(("texts", run.Split)),
            Key = states => MapStage.KeyOf(Tokenizer(recipe.Target), Tokenizer(source), recipe.Align.Map, states.KeyOf(run.Split), Length),
            Work = context =>
            {
                var texts = new TextPieceFiles(run.Split, DataSplit.Validation).Read().Select(t => t.Text);
                MapStage.Run(Tokenizer(recipe.Target), Tokenizer(source), recipe.Align.Map, (texts, Manifest.Read(run.Split).Key), Length, run.Map(source.Name), context.Stage);
            },
            Cost = _ => new StepCost(RunSizes.Process, 0, 0),
        };

    private FusionStep Align(RecipeModel source)
    {
        string folder = run.Align(source.Name);
        string map = run.Map(source.Name);
        bool usesMap = recipe.Align.UsesMap();
        string target = run.Represent(recipe.Target);
        string represented = Represented(source);
        return new("align", source.Name, folder)
        {
            Inputs = From([("target", target), ("source", represented), .. usesMap ? [("map", map)] : Array.Empty<(string, string)>()]),
            Key = states => states.KeyOf(target) is { } targets && states.KeyOf(represented) is { } sources
                ? AlignStage.KeyOf(Tokenizer(recipe.Target), Tokenizer(source), targets, sources, recipe.Align, usesMap ? states.KeyOf(map) : null, recipe.Store.Compression) : null,
            Work = context => AlignStage.Run(Tokenizer(recipe.Target), Tokenizer(source), source.Name, target, represented, recipe.Align, usesMap ? map : null,
                context.Output(folder), context.Stage),
            Cost = sizes => new StepCost(RunSizes.Process, sizes.RowBytes, 0),
        };
    }

    private FusionStep Pack()
    {
        string target = run.Represent(recipe.Target);
        (string Name, string Represented, string Aligned)[] sources = [.. recipe.Sources.Select(s => (s.Name, Represented(s), run.Align(s.Name)))];
        var settings = sources.Length > 0 ? recipe.Align.Settings : MethodSettings.Default;
        return new("pack", "", run.Pack)
        {
            Inputs = From([("target", target), .. sources.SelectMany(s => new[] { ($"aligned.{s.Name}", s.Aligned), ($"represented.{s.Name}", s.Represented) })]),
            Key = states =>
            {
                var keys = sources.Select(s => (s.Name, Represented: states.KeyOf(s.Represented), Aligned: states.KeyOf(s.Aligned))).ToList();
                return states.KeyOf(target) is not { } targets || keys.Exists(k => k.Represented is null || k.Aligned is null) ? null
                    : PackStage.KeyOf((ModelName.FromPath(recipe.Target), targets), [.. keys.Select(k => (k.Name, k.Represented!, k.Aligned!))], Length, recipe.Pack, settings, recipe.Store.Compression,
                        EncoderOf(recipe.Target)?.Reading);
            },
            Work = context => PackStage.Run(target, sources, Length, recipe.Pack, context.Output(run.Pack), context.Stage),
            Cost = sizes => new StepCost(RunSizes.Process, (1 + sources.Length) * sizes.RowBytes, 0),
        };
    }

    private FusionStep EvaluateEnsemble()
        => new("ensemble", "", run.Evaluate(RunFolder.Ensemble))
        {
            Inputs = From(("texts", run.Split)),
            Key = states => states.KeyOf(run.Split) is { } texts ? EnsembleStage.KeyOf([.. recipe.LocalModels], recipe.Baselines.EnsembleWeights, texts, Window, EvaluationType(states)) : null,
            Work = context => EnsembleStage.Run([.. recipe.LocalModels], recipe.Baselines.EnsembleWeights, () => OpenEnsemble(context), run.Split, Window, context.EvaluationType, run.Evaluate(RunFolder.Ensemble),
                context.Stage),
            Cost = sizes => sizes.ReadingTogether(sizes.TestTokens),
            IsDoneOnOneRank = true,
        };

    private int Blocks => Manifest.Read(run.Pack).Count("blocks");

    private TrainOptions WithRate(string method, TrainOptions options) => options.LearningRate is null ? options with { LearningRate = RateStage.Read(run.Rate(method)).LearningRate } : options;

    // Batch size and evaluations may follow from the number of blocks, which only a finished pack knows, and from the validation texts; the learning rate from a finished choice.
    private StageKey? TrainingKey(StepStates states, string method, TrainOptions options)
    {
        bool needsLength = options.BatchSize == 0 || options.EvaluateEvery is null;
        if ((needsLength && !(states.Stays(run.Pack) && states.Stays(run.Split))) || (options.LearningRate is null && !states.Stays(run.Rate(method))) || states.KeyOf(run.Pack) is not { } packed)
        {
            return null;
        }

        bool validates = options.EvaluateEvery > 0 || (options.EvaluateEvery is null && ValidationTexts.Exist(run.Split));
        return TrainStage.KeyOf(recipe.Target, packed, WithRate(method, options), needsLength ? Blocks : 1, validates ? states.KeyOf(run.Split) : null);
    }

    private string Represented(RecipeModel source) => recipe.ProjectsRows && source.HasWeights ? run.RepresentProjected(source.Name) : run.Represent(source.Name);

    private StageOutput Written(string folder) => new(folder) { Compression = recipe.Store.Compression };

    private ScalarType EvaluationType(StepStates states) => WorkingType.Resolve(recipe.Evaluate.Precision, states.Device);

    private ITokenizer Tokenizer(RecipeModel model) => _tokenizers.TryGetValue(model.Files, out var known) ? known : _tokenizers[model.Files] = TokenizerFolder.Load(model.Files);

    // Finding the templates costs a look at every domain: once.
    private ConversationSplit? Conversations()
    {
        if (!_hasLooked)
        {
            _conversations = ConversationSplit.Create(recipe.Texts, recipe.Chat, [.. recipe.Models.Select(m => (m.Name, m.Files, Tokenizer(m)))]);
            _hasLooked = true;
        }

        return _conversations;
    }

    private PieceEncoder? EncoderOf(RecipeModel model) => Conversations()?.Encoders[recipe.Models.ToList().IndexOf(model)];

    private ITokenizer[] Tokenizers() => [.. recipe.Models.Select(Tokenizer)];

    private ModelEnsemble OpenEnsemble(StepContext context) => new([.. recipe.LocalModels.Select(context.Load)], recipe.Baselines.EnsembleWeights, Conversations()?.Encoders);

    private static Dictionary<string, string> From(params (string Input, string Folder)[] inputs) => inputs.ToDictionary(i => i.Input, i => i.Folder);
}

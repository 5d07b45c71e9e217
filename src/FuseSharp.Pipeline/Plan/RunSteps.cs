using FuseSharp.Evaluation.Ensemble;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Evaluation.Judge;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Fusion;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Map;
using FuseSharp.Fusion.Pack;
using FuseSharp.Fusion.Split;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Plan;

/// <summary>What a run would do, step by step, by the keys that it would compare. Nothing is made and nothing written.</summary>
public sealed class RunSteps
{
    private readonly Recipe _recipe;
    private readonly RunFolder _run;
    private readonly Contenders _contenders;
    private readonly StepStates _states = new();

    private RunSteps(Recipe recipe)
    {
        _recipe = recipe;
        _run = new RunFolder(recipe.Output);
        _contenders = new Contenders(recipe, _run);
    }

    private int Window => _recipe.Evaluate.Window == 0 ? _recipe.Split.MaxLength : _recipe.Evaluate.Window;

    private string? Texts => _states.KeyOf(_run.Split);

    /// <summary>All steps in the order of the run.</summary>
    /// <param name="recipe">Checked, with a length that <see cref="RecipeDefaults"/> has found.</param>
    /// <param name="device">Where the models would run.</param>
    public static IReadOnlyList<RunStep> Of(Recipe recipe, Device device)
    {
        var steps = new RunSteps(recipe);
        steps.AddTexts(WorkingType.Of(recipe.Represent.Precision, device));
        steps.AddModels();
        steps.AddFigures();
        steps.AddTasks();
        steps.AddReport();
        return steps._states.Steps;
    }

    private void AddTexts(ScalarType type)
    {
        int length = _recipe.Split.MaxLength;
        var compression = _recipe.Store.Compression;
        var tokenizers = _recipe.Models.ToDictionary(m => m, m => TokenizerFolder.Load(m));
        var target = tokenizers[_recipe.Target];
        _states.Add("split", "", _run.Split, From(), () => SplitStage.KeyOf(_recipe.Texts, [.. tokenizers.Values], _recipe.Split, compression));
        foreach (var (model, tokenizer) in tokenizers)
        {
            _states.Add("represent", Recipe.NameOf(model), _run.Represent(model), From(("texts", _run.Split)),
                () => Texts is { } texts ? RepresentStage.KeyOf(model, tokenizer, type, texts, length, _recipe.Represent, compression) : null);
        }

        string? targets = _states.KeyOf(_run.Represent(_recipe.Target));
        foreach (string source in _recipe.Sources)
        {
            string name = Recipe.NameOf(source);
            bool usesMap = _recipe.Align.UsesMap();
            if (usesMap)
            {
                _states.Add("map", name, _run.Map(source), From(("texts", _run.Split)), () => MapStage.KeyOf(target, tokenizers[source], _recipe.Align.Map, Texts, length));
            }

            _states.Add("align", name, _run.Align(source), From(("target", _run.Represent(_recipe.Target)), ("source", _run.Represent(source)), ("map", _run.Map(source))),
                () => targets is not null && _states.KeyOf(_run.Represent(source)) is { } sources
                    ? AlignStage.KeyOf(target, tokenizers[source], targets, sources, _recipe.Align, usesMap ? _states.KeyOf(_run.Map(source)) : null, compression) : null);
        }

        var packed = _recipe.Sources.Select(s => (Name: Recipe.NameOf(s), Represented: _states.KeyOf(_run.Represent(s)), Aligned: _states.KeyOf(_run.Align(s)))).ToList();
        _states.Add("pack", "", _run.Pack,
            From([("target", _run.Represent(_recipe.Target)), .. _recipe.Sources.SelectMany(s => new[] { ($"aligned.{Recipe.NameOf(s)}", _run.Align(s)), ($"represented.{Recipe.NameOf(s)}", _run.Represent(s)) })]),
            () => targets is null || packed.Exists(p => p.Represented is null || p.Aligned is null) ? null
                : PackStage.KeyOf(targets, [.. packed.Select(p => (p.Name, p.Represented!, p.Aligned!))], length, _recipe.Pack, packed.Count > 0 ? _recipe.Align.Settings : MethodSettings.Default, compression));
    }

    private void AddModels()
    {
        foreach (var (contender, entry) in _contenders.All.SelectMany(c => c.Entries.Select(e => (c, e))))
        {
            if (entry.Training is { } training)
            {
                _states.Add("train", Recipe.NameOf(entry.Model!), entry.Model!, From(("packed", _run.Pack), ("texts", _run.Split)), () => TrainingKey(training));
            }

            if (entry.Merge is { } merge)
            {
                _states.Add("merge", contender.Name, entry.Model!, From(), () => MergeStage.KeyOf(merge));
            }
        }
    }

    // The batch size may follow from the number of blocks, which only a finished pack knows.
    private StageKey? TrainingKey(TrainOptions options)
    {
        if (options.BatchSize == 0)
        {
            if (!_states.Stays(_run.Pack))
            {
                return null;
            }

            options = options with { BatchSize = TrainLength.Of(options, Manifest.Read(_run.Pack).Count("blocks")).BatchSize };
        }

        return _states.KeyOf(_run.Pack) is { } packed ? TrainStage.KeyOf(_recipe.Target, packed, options, _recipe.Represent.Precision, Texts) : null;
    }

    private void AddFigures()
    {
        foreach (var entry in _contenders.All.SelectMany(c => c.Entries))
        {
            if (entry.Model is { } model)
            {
                _states.Add("evaluate", Recipe.NameOf(model), _run.Evaluate(model), From(Made(model, "model", ("texts", _run.Split))), () => IsThere(entry) && Texts is { } texts ? EvaluateStage.KeyOf(model, texts, Window) : null);
            }
            else
            {
                _states.Add("evaluate", RunFolder.Ensemble, _run.Evaluate(RunFolder.Ensemble), From(("texts", _run.Split)),
                    () => Texts is { } texts ? EnsembleStage.KeyOf([.. _recipe.Models], _recipe.Baselines.EnsembleWeights, texts, Window) : null);
            }
        }
    }

    private void AddTasks()
    {
        if (_recipe.Evaluate.Tasks.Count == 0)
        {
            return;
        }

        TaskDefinition[] tasks = [.. _recipe.Evaluate.Tasks.Select(t => TaskDefinition.Find(t))];
        var stage = new TaskStage(tasks, TaskRunOptions.Of(_recipe.Evaluate));
        foreach (var entry in _contenders.All.Select(c => c.Entries[0]))
        {
            _states.Add("benchmarks", Recipe.NameOf(entry.Name), _run.Tasks(entry.Name), From(entry.Model is { } made ? Made(made, "model 0") : []), () => !IsThere(entry) ? null
                : stage.KeyOf(entry.Model is { } model ? [(model, LanguageModel.Fingerprint(model))] : ModelEnsemble.Members([.. _recipe.Models], _recipe.Baselines.EnsembleWeights)));
            if (_recipe.Evaluate.Judge.Endpoint is not null && Array.Exists(tasks, t => t.Name == JudgeQuestion.Task))
            {
                string[] answers = [_run.Tasks(entry.Name), _run.Tasks(_contenders.Baseline.Entries[0].Name)];
                string? baseline = entry == _contenders.Baseline.Entries[0] ? null : TaskStage.FileIn(answers[1]);
                _states.Add("judge", Recipe.NameOf(entry.Name), _run.Judged(entry.Name), From(("answers", answers[0]), ("baseline", answers[1])),
                    () => Array.TrueForAll(answers, _states.Stays) ? JudgeStage.KeyOf(_recipe.Evaluate.Judge, _recipe.Evaluate.Data!, TaskStage.FileIn(answers[0]), baseline) : null);
            }
        }
    }

    private void AddReport()
    {
        foreach (string model in _contenders.Sampled)
        {
            var entry = _contenders.All.SelectMany(c => c.Entries).First(e => e.Model == model);
            _states.Add("generate", Recipe.NameOf(model), _run.Samples(model), From(Made(model, "model", ("texts", _run.Split))), () => IsThere(entry) && _states.Stays(_run.Split)
                ? SampleStage.KeyOf(model, SampleStage.Prompts(_run.Split, _recipe.Generate.Prompt, _recipe.Evaluate.Samples), _recipe.Generate) : null);
        }

        _states.Add("teachers", "", _run.Teaching, From(("packed", _run.Pack), ("texts", _run.Split)),
            () => Texts is { } texts && _states.KeyOf(_run.Pack) is { } packed ? TeachingStage.KeyOf(texts, packed, _recipe.Train) : null);
    }

    // A model that the run makes has no fingerprint before it is made.
    private bool IsThere(ContenderEntry entry) => entry.Model is null || (entry.Training is null && entry.Merge is null) || _states.Stays(entry.Model);

    private (string, string)[] Made(string model, string input, params (string, string)[] others)
        => _states.Steps.Any(s => s.Folder == model) ? [(input, model), .. others] : others;

    private static Dictionary<string, string> From(params (string Input, string Folder)[] inputs) => inputs.ToDictionary(i => i.Input, i => i.Folder);
}

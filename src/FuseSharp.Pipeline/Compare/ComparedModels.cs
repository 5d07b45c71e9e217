using FuseSharp.Files;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Models.Architectures;
using FuseSharp.Options;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;
using FuseSharp.Tokenizers.Files;


namespace FuseSharp.Pipeline.Compare;

/// <summary>All that a recipe compares, in the order of the table: the models as they are, what needs no training, the trainings, the fused model last.</summary>
public sealed class ComparedModels
{
    private readonly Recipe _recipe;
    private readonly RunFolder _run;
    private readonly List<ComparedModel> _all = [];
    private readonly List<SkippedModel> _skipped = [];

    /// <summary>Finds out what a recipe's models allow; reads tokenizers and tensor shapes, no weights.</summary>
    /// <param name="recipe">Checked.</param>
    /// <param name="run">Where everything is.</param>
    public ComparedModels(Recipe recipe, RunFolder run)
    {
        (_recipe, _run) = (recipe, run);
        Add(ModelRole.Target, $"{ModelName.FromPath(recipe.Target)} (target)", recipe.Target);
        foreach (var source in recipe.Sources)
        {
            if (source.HasWeights)
            {
                Add(ModelRole.Source, $"{source.Name} (source)", source.Files);
            }
            else
            {
                _all.Add(new(ModelRole.Source, $"{source.Name} (source)", [new(source.Name) { Served = source }]));
                if (recipe.Evaluate.Tasks.Count > 0)
                {
                    _skipped.Add(new($"benchmarks of {source.Name} (source)", "its weights are behind a server, which is not asked for answers"));
                }
            }
        }

        AddMerges();
        if (recipe.Baselines.Ensemble && !recipe.Sources.All(s => s.HasWeights))
        {
            _skipped.Add(new("ensemble", $"the weights of {string.Join(", ", recipe.Sources.Where(s => !s.HasWeights).Select(s => s.Name))} are behind a server"));
        }
        else if (recipe.Baselines.Ensemble)
        {
            _all.Add(new(ModelRole.Ensemble, "ensemble", [new(null)]));
        }

        bool fuses = recipe.Train.Fusion is not null;
        if (recipe.Baselines.Clm && fuses)
        {
            AddTrainings(ModelRole.Clm, "CLM", RunFolder.ClmMethod, RunFolder.Clm, recipe.Train with { Fusion = null });
        }

        AddDistillation();
        if (recipe.Train is { Strategy: FusionStrategy.FuseAndMerge, Fusion: { } fusion })
        {
            _all.Add(new(ModelRole.Fused, "fused and merged", [.. Seeds(recipe.Train).Select(o => FusedAndMerged(o, fusion))]));
        }
        else
        {
            AddTrainings(fuses ? ModelRole.Fused : ModelRole.Clm, fuses ? "fused" : "CLM", fuses ? RunFolder.FusedMethod : RunFolder.ClmMethod, fuses ? RunFolder.Fused : RunFolder.Clm, recipe.Train);
        }
    }

    /// <summary>Rows of the comparison.</summary>
    public IReadOnlyList<ComparedModel> All => _all;

    /// <summary>What the recipe asks for and its models do not allow.</summary>
    public IReadOnlyList<SkippedModel> Skipped => _skipped;

    /// <summary>The row that the run is for: the fused model, or what was trained without fusion where the recipe fuses nothing.</summary>
    public ComparedModel Result => _all[^1];

    /// <summary>What others are compared with one by one: CLM, or the untouched target where there is none beside it.</summary>
    public ComparedModel Baseline => _all.FirstOrDefault(c => c.Role == ModelRole.Clm) ?? _all[0];

    /// <summary>Models whose answers to the same prompts stand side by side: target, CLM and fused, of trainings the first seed.</summary>
    public IReadOnlyList<string> Sampled => [.. _all.Where(c => c.Role is ModelRole.Target or ModelRole.Clm or ModelRole.Fused).Select(c => c.Runs[0].Model!)];

    private void Add(ModelRole kind, string name, string model) => _all.Add(new(kind, name, [new(model)]));

    private void AddTrainings(ModelRole kind, string name, string method, Func<long, string> nameOf, TrainOptions options)
        => _all.Add(new(kind, name, [.. Seeds(options).Select(o => new ModelRun(_run.Train(nameOf(o.Seed))) { Training = o, Method = method })]));

    // Each a single training, whatever the strategy.
    private IEnumerable<TrainOptions> Seeds(TrainOptions options)
        => Enumerable.Range(0, _recipe.Seeds).Select(s => options with { Seed = options.Seed + s, Strategy = FusionStrategy.Joint });

    private ModelRun FusedAndMerged(TrainOptions options, FusionOptions fusion)
    {
        ModelRun[] parts = [.. _recipe.Sources.Select(source => new ModelRun(_run.Train(RunFolder.FusedWith(options.Seed, source.Name)))
        {
            Training = options with { Fusion = fusion with { ExcludeTeachers = [.. fusion.ExcludeTeachers, .. _recipe.Sources.Where(s => s != source).Select(s => s.Name).Except(fusion.ExcludeTeachers)] } },
            Method = $"{RunFolder.FusedMethod}-{source.Name}",
        })];
        return new ModelRun(_run.FusedAndMerged(options.Seed))
        {
            Parts = parts,
            Merge = new MergeOptions { MergeMethod = MergeMethod.Sce, BaseModel = _recipe.Target, Models = [.. parts.Select(p => new MergedModel { Model = p.Model! })] },
        };
    }

    // Fusion from one source, the target's own distributions excluded with the others.
    private void AddDistillation()
    {
        if (!_recipe.Baselines.Distill || _recipe.Train.Fusion is not { } fusion)
        {
            return;
        }

        string wanted = TokenizerFolder.Load(_recipe.Target).Fingerprint;
        RecipeModel[] teachers = [.. _recipe.Sources.Where(s => TokenizerFolder.Load(s.Files).Fingerprint == wanted)];
        if (teachers.Length == 0)
        {
            _skipped.Add(new("distilled", $"no source has the tokenizer of {ModelName.FromPath(_recipe.Target)}"));
            return;
        }

        var teacher = teachers.MaxBy(m => m.HasWeights ? ModelCounts.Count(m.Files).Weights : double.PositiveInfinity)!; // what is behind a server is there for its size
        string[] others = [.. _recipe.Models.Where(m => m != teacher).Select(m => m.Name)];
        AddTrainings(ModelRole.Distilled, $"distilled from {teacher.Name}", RunFolder.DistilledMethod, RunFolder.Distilled, _recipe.Train with { Fusion = fusion with { ExcludeTeachers = others } });
    }

    private void AddMerges()
    {
        if (_recipe.Baselines.Merges.Count == 0)
        {
            return;
        }

        var faults = _recipe.Sources.ToDictionary(s => s, s => s.HasWeights ? MergeStage.Mismatch(_recipe.Target, s.Files) : $"the weights of {s.Name} are behind a server");
        string[] fitting = [.. _recipe.Sources.Where(s => faults[s] is null).Select(s => s.Files)];
        foreach (var method in _recipe.Baselines.Merges.Distinct())
        {
            string folder = _run.Merge(method);
            string name = Path.GetFileName(folder).Replace('-', ' ');
            int merged = fitting.Length + (MergeModels.StartsAtTarget(method) ? 0 : 1);
            if (fitting.Length == 0 || MergeModels.Conflict(method, merged) is not null)
            {
                _skipped.Add(new(name, fitting.Length == 0 ? string.Join("; ", faults.Values)
                    : $"{OptionRange.KeyOf(method.ToString())} merges {(method == MergeMethod.ModelStock ? "more" : "two")} models, and {string.Join(", ", fitting.Select(ModelName.FromPath))} {(fitting.Length > 1 ? "all fit" : "alone fits")} the target"));
                continue;
            }

            _all.Add(new(ModelRole.Merge, $"{name} of {string.Join(", ", fitting.Prepend(_recipe.Target).Select(ModelName.FromPath))}",
                [new(folder) { Merge = OptionsOf(method, fitting) }]));
        }
    }

    private MergeOptions OptionsOf(MergeMethod method, string[] sources)
        => new()
        {
            MergeMethod = method,
            Models = [.. sources.Prepend(_recipe.Target).Select(m => new MergedModel { Model = m })],
            BaseModel = !MergeModels.ReadsBase(method) ? null : MergeModels.StartsAtTarget(method) ? _recipe.Target : _recipe.Baselines.MergeBase,
            Parameters = _recipe.Baselines.MergeParameters with { T = _recipe.Baselines.MergeParameters.T ?? 0.5, Density = _recipe.Baselines.MergeParameters.Density ?? 0.5 },
        };
}

using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Options;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Pipeline.Recipes;

/// <summary>Where each stage of a run writes: folders numbered in the order of the pipeline.</summary>
/// <param name="root">The run's folder.</param>
/// <param name="method">Where several alignments share a run: which one stages 4 and 5 belong to; empty for the only one.</param>
public sealed class RunFolder(string root, string method = "")
{
    /// <summary>What the ensemble is called in folders.</summary>
    public const string Ensemble = "ensemble";

    private const string MergePrefix = "merge-";
    private const string FusedAndMergedPrefix = "fused-merged-seed";

    private static readonly string[] _stages = ["00-write", "01-split", "02-represent", "03-map", "04-align", "05-pack", "06-rate", "06-train", "06-merge", "07-evaluate", "07-tasks", "07-judged", "08-report"];

    private static readonly string[] _pages = ["report.md", "report.html", "experiment.md", "best.yaml", "verdict.json"];

    /// <summary>Before stage 1: the texts that models write for a domain.</summary>
    public string Write(string domain) => Path.Combine(root, "00-write", domain);

    /// <summary>Stage 1.</summary>
    public string Split => Path.Combine(root, "01-split");

    /// <summary>Stage 5.</summary>
    public string Pack => Path.Combine(root, "05-pack", method);

    /// <summary>The report of the run as Markdown.</summary>
    public string Report => Path.Combine(root, "report.md");

    /// <summary>The same as one HTML page.</summary>
    public string ReportPage => Path.Combine(root, "report.html");

    /// <summary>Whether fusion helped, for machines.</summary>
    public string Verdict => Path.Combine(root, "verdict.json");

    /// <summary>Which model taught how much of each domain.</summary>
    public string Teaching => Path.Combine(root, "08-report", "teaching");

    /// <summary>The recipe that was run, complete with defaults.</summary>
    public string EffectiveRecipe => Path.Combine(root, "recipe.yaml");

    private string LockFile => Path.Combine(root, "run.lock");

    /// <summary>Whether a file or folder may stand in the folder of a run that is about to begin or go on.</summary>
    /// <remarks>A folder that holds the recipe of a run is one: what a user lays beside it is never touched. Without it only what stages guard themselves may be there.</remarks>
    /// <param name="name">Directly in the run's folder.</param>
    public bool Admits(string name)
    {
        if (name == Path.GetFileName(EffectiveRecipe))
        {
            return RecipeWriter.Wrote(EffectiveRecipe);
        }

        bool isRun = File.Exists(EffectiveRecipe) && RecipeWriter.Wrote(EffectiveRecipe);
        bool hasStages = Array.Exists(_stages, s => Directory.Exists(Path.Combine(root, s)));
        return isRun || IsStage(name) || (hasStages && _pages.Contains(name)) || name == Path.GetFileName(LockFile) || name == Path.GetFileName(EffectiveRecipe) + Durable.PartialSuffix;
    }

    /// <summary>Makes the folder and keeps it for this process until the result is disposed.</summary>
    /// <param name="models">Models that the run reads.</param>
    /// <exception cref="UsageException">It holds what no run made, or another process runs in it.</exception>
    public IDisposable Claim(IEnumerable<string> models)
    {
        OutputGuard.CheckRun(root, Admits, models);
        Directory.CreateDirectory(root);
        return FileLock.Take(LockFile, $"Another process runs in '{root}'. Wait for it, or name another output.");
    }

    private bool IsStage(string name) => _stages.Contains(name) && Directory.Exists(Path.Combine(root, name));

    /// <summary>Stage 2, for a model.</summary>
    public string Represent(string model) => Path.Combine(root, "02-represent", ModelName.FromPath(model));

    /// <summary>Stage 2, for a source whose rows are projected onto the target's vocabulary: where several alignments share a run, beside the rows of its own tokens.</summary>
    public string RepresentProjected(string source) => method.Length == 0 ? Represent(source) : Path.Combine(root, "02-represent", method, ModelName.FromPath(source));

    /// <summary>Stage 3, for a source.</summary>
    public string Map(string source) => Path.Combine(root, "03-map", ModelName.FromPath(source));

    /// <summary>Stage 4, for a source.</summary>
    public string Align(string source) => Path.Combine(root, "04-align", method, ModelName.FromPath(source));

    /// <summary>Before stage 6: a method's learning rate, for all its seeds.</summary>
    public string Rate(string method) => Path.Combine(root, "06-rate", method);

    /// <summary>Stage 6, for a training: also the trained model's folder.</summary>
    public string Train(string name) => Path.Combine(root, "06-train", name);

    /// <summary>A merge: also the merged model's folder.</summary>
    public string Merge(MergeMethod method) => Path.Combine(root, "06-merge", MergePrefix + OptionRange.KeyOf(method.ToString()));

    /// <summary>Stage 7, for a model or <see cref="Ensemble"/>.</summary>
    public string Evaluate(string model) => Path.Combine(root, "07-evaluate", ModelName.FromPath(model));

    /// <summary>Stage 7 in benchmarks, for a model or <see cref="Ensemble"/>.</summary>
    public string Tasks(string model) => Path.Combine(root, "07-tasks", ModelName.FromPath(model));

    /// <summary>What a judge said of a model's or the <see cref="Ensemble"/>'s answers.</summary>
    public string Judged(string model) => Path.Combine(root, "07-judged", ModelName.FromPath(model));

    /// <summary>What a model makes of the report's prompts.</summary>
    public string Samples(string model) => Path.Combine(root, "08-report", "samples", ModelName.FromPath(model));

    /// <summary>What fused trainings of all seeds are called together.</summary>
    public const string FusedMethod = "fused";

    /// <summary>The same of trainings without fusion.</summary>
    public const string ClmMethod = "clm";

    /// <summary>The same of distillations.</summary>
    public const string DistilledMethod = "distilled";

    /// <summary>Name of the fused training of a seed.</summary>
    public static string Fused(long seed) => NameOf(FusedMethod, seed);

    /// <summary>Name of the fused training of a seed with a single source, one of several that are merged.</summary>
    public static string FusedWith(long seed, string source) => $"{Fused(seed)}-{ModelName.FromPath(source)}";

    /// <summary>The merge of a seed's trainings with single sources: also the merged model's folder.</summary>
    public string FusedAndMerged(long seed) => Path.Combine(root, "06-merge", FormattableString.Invariant($"{FusedAndMergedPrefix}{seed}"));

    /// <summary>Name of the training without fusion of a seed.</summary>
    public static string Clm(long seed) => NameOf(ClmMethod, seed);

    /// <summary>Name of the distillation of a seed.</summary>
    public static string Distilled(long seed) => NameOf(DistilledMethod, seed);

    private static string NameOf(string method, long seed) => FormattableString.Invariant($"{method}-seed{seed}");

    /// <summary>Whether the run calls something of its own so, and no model may have the name.</summary>
    public static bool IsTaken(string name)
        => name.Equals(Ensemble, StringComparison.OrdinalIgnoreCase)
            || new[] { MergePrefix, FusedAndMergedPrefix, "clm-seed", "fused-seed", "distilled-seed" }.Any(p => name.StartsWith(p, StringComparison.OrdinalIgnoreCase));
}

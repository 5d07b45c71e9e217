using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Models.Scoring;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Cli.Commands;

/// <summary>Options of the commands that ask benchmarks.</summary>
internal sealed class TaskFlags
{
    private static readonly TaskRunOptions _defaults = new();

    private readonly Option<string[]> _tasks = new("--tasks") { Description = $"Benchmarks, separated by commas or spaces: {string.Join(", ", TaskDefinition.Known)}, a part as bbh:snarks, or paths of .yaml definitions.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private readonly Option<string?> _data = new("--data") { Description = "Folder with the benchmarks' data, in folders as Hugging Face names them (ai2_arc/ARC-Easy, boolq, bbh …)." };
    private readonly Option<int?> _limit = new("--limit") { Description = "Maximum number of questions per task and per part, from the first row on (default all)." };
    private readonly Option<int?> _shots = new("--shots") { Description = "Solved examples before each question, 0–100 (default each task's own number)." };
    private readonly Option<bool> _chat = new("--chat") { Description = "Uses the model's chat template in every task. Vicuna Bench always does, programs never do." };
    private readonly Option<string[]> _set = new("--set") { Description = "Settings that replace those of every task's definition: max_tokens=96, samples=20, temperature=0.2 …", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private readonly Option<int> _seed = new("--seed") { Description = "Seed for sampling examples and answers.", DefaultValueFactory = _ => _defaults.Seed };
    private readonly Option<string?> _samples = new("--samples") { Description = "JSON file that gets every question with prompt, answer and score. An interrupted run resumes from the journal beside it." };

    private string? _file;

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _tasks, _data, _limit, _shots, _chat, _set, _seed, _samples })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What is asked for, before any model is loaded: a mistyped name should not cost that time.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="hasTexts">Whether there is something else to evaluate on.</param>
    /// <param name="precision">In which they are loaded.</param>
    /// <param name="models">Whom to ask.</param>
    /// <returns>Null where there are no tasks.</returns>
    public TaskStage? StageOf(ParseResult parsed, bool hasTexts, Precision precision, params string[] models)
    {
        string[] names = [.. parsed.GetRequiredValue(_tasks).SelectMany(t => t.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
        if (names.Length == 0)
        {
            return hasTexts ? null : throw new UsageException("There is nothing to evaluate on. Give --texts, or --tasks with --data.");
        }

        if (parsed.GetValue(_samples) is { } file)
        {
            _file = CommonOptions.OutputFile(file, OutputKind.Samples, parsed.GetValue(_data) is { } data ? [.. models, data] : models);
        }

        return new TaskStage([.. names.Select(n => TaskDefinition.Find(n, parsed.GetRequiredValue(_set)))], OptionsOf(parsed) with { Precision = precision });
    }

    /// <summary>Asks all tasks and prints a line for each result as soon as it is there.</summary>
    /// <param name="stage">From <see cref="StageOf"/>.</param>
    /// <param name="model">Whom to ask.</param>
    /// <param name="models">What it consists of, with fingerprints.</param>
    /// <param name="cancellation">Ends it between two batches.</param>
    public void Ask(TaskStage stage, ITaskModel model, IReadOnlyList<(string Model, string Fingerprint)> models, CancellationToken cancellation)
        => ProgressDisplay.Run(progress => stage.Ask(model, models, _file, new StageContext(progress, cancellation)));

    private TaskRunOptions OptionsOf(ParseResult parsed)
    {
        var options = new TaskRunOptions
        {
            Data = parsed.GetValue(_data) ?? throw new UsageException("--tasks needs the folder of their data. Give it with --data."),
            Limit = parsed.GetValue(_limit) ?? _defaults.Limit,
            Shots = parsed.GetValue(_shots),
            Seed = parsed.GetValue(_seed),
            Chat = parsed.GetValue(_chat),
        };
        return options.Limit >= 1 && options.Shots is null or (>= 0 and <= 100) ? options
            : throw new UsageException("--limit is at least 1, --shots is 0 to 100. Correct the options.");
    }
}

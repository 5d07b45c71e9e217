using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Evaluate;
using FuseSharp.Core.Recipes;
using FuseSharp.Torch.Evaluate;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Cli.Commands;

internal static class EvaluateCommand
{
    private static readonly TaskRunOptions _defaults = new();
    private static readonly Argument<string> _model = new("model") { Description = "The model: a Hugging Face folder or a .gguf file." };
    private static readonly Option<string[]> _texts = TextsOption();
    private static readonly Option<string> _field = CommonOptions.Field();
    private static readonly Option<int> _window = new("--window") { Description = "Longest window that is read at once, tokens; at most the model's context.", DefaultValueFactory = _ => new SplitOptions().MaxLength };
    private static readonly Option<string[]> _tasks = new("--tasks") { Description = $"Benchmarks, parted by commas: {string.Join(", ", TaskDefinition.Known)}, a part as bbh:snarks, or paths of .yaml definitions.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private static readonly Option<string?> _data = new("--data") { Description = "Folder with the benchmarks' data, in folders as Hugging Face names them (ai2_arc/ARC-Easy, boolq, bbh …)." };
    private static readonly Option<int> _limit = new("--limit") { Description = "Most questions of a task and of each of its parts, the first rows (default all).", DefaultValueFactory = _ => _defaults.Limit };
    private static readonly Option<int?> _shots = new("--shots") { Description = "Solved examples before each question, 0–100 (default each task's own number)." };
    private static readonly Option<int> _seed = new("--seed") { Description = "Seed of the draw of examples.", DefaultValueFactory = _ => _defaults.Seed };
    private static readonly Option<int> _batch = new("--batch-size") { Description = "Most prompts of choices that are read together; results do not depend on it.", DefaultValueFactory = _ => _defaults.BatchSize };
    private static readonly Option<string?> _samples = new("--samples") { Description = "JSON file that gets every question with prompt, answer and score." };
    private static readonly Option<Precision> _precision = CommonOptions.Precision();
    private static readonly Option<string> _device = CommonOptions.Device();

    public static Command Create()
    {
        var command = new Command("evaluate", "Stage 7: bits per byte of a model on any texts, and its scores in benchmarks.")
        {
            _model, _texts, _field, _window, _tasks, _data, _limit, _shots, _seed, _batch, _samples, _precision, _device,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            string[] names = [.. parsed.GetRequiredValue(_tasks).SelectMany(t => t.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
            string[] texts = parsed.GetRequiredValue(_texts);
            var ranks = JobRanks.Join();
            if (names.Length + texts.Length == 0)
            {
                throw new RecipeException("There is nothing to evaluate on. Give --texts, or --tasks with --data.");
            }

            // Before the model is loaded: a mistyped name should not cost minutes.
            TaskDefinition[] tasks = [.. names.Select(TaskDefinition.Find)];
            var options = tasks.Length > 0 ? OptionsOf(parsed) : _defaults;
            string path = parsed.GetRequiredValue(_model);
            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(_device));
            using var loaded = LanguageModel.Load(Recipe.NameOf(path), path, WorkingType.Of(parsed.GetValue(_precision), where), where);
            TextFigures.Show(new BitsPerByte(loaded, parsed.GetValue(_window), ranks), texts, parsed.GetRequiredValue(_field), cancellation);
            if (ranks.Rank == 0)
            {
                RunTasks(parsed, loaded, tasks, options, cancellation);
            }

            return 0;
        }, cancellation));
        return command;
    }

    private static Option<string[]> TextsOption()
    {
        var texts = CommonOptions.Texts("Files or folders of texts, or sdk:AREA; a line of figures for each.");
        texts.Required = false;
        texts.DefaultValueFactory = _ => [];
        return texts;
    }

    private static TaskRunOptions OptionsOf(ParseResult parsed)
    {
        var options = new TaskRunOptions
        {
            Data = parsed.GetValue(_data) ?? throw new RecipeException("--tasks needs the folder of their data. Give it with --data."),
            Limit = parsed.GetValue(_limit),
            Shots = parsed.GetValue(_shots),
            Seed = parsed.GetValue(_seed),
            BatchSize = parsed.GetValue(_batch),
        };
        return options.Limit >= 1 && options.BatchSize >= 1 && options.Shots is null or (>= 0 and <= 100) ? options
            : throw new RecipeException("--limit and --batch-size are at least 1, --shots is 0 to 100. Correct the options.");
    }

    private static void RunTasks(ParseResult parsed, LanguageModel model, TaskDefinition[] tasks, TaskRunOptions options, CancellationToken cancellation)
    {
        var runner = new TaskRunner(model, options);
        var results = new List<TaskResult>();
        var samples = new List<TaskSample>();
        foreach (var task in tasks)
        {
            var own = ProgressDisplay.Run(progress => runner.Run(task, samples, progress, cancellation));
            results.AddRange(own);
            foreach (var result in own)
            {
                Console.WriteLine(TaskReport.LineOf(result));
            }

            // After each task: the next one may take hours and be stopped.
            if (parsed.GetValue(_samples) is { } file)
            {
                TaskReport.Write(file, model.Path, options, results, samples);
            }
        }
    }
}

using System.Security.Cryptography;
using System.Text;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Evaluation.Evaluate;

/// <summary>Stage 7 for benchmarks: models × tasks → scores, and every question with its answer. A killed run goes on behind the last answer.</summary>
/// <param name="tasks">What is asked.</param>
/// <param name="options">How.</param>
public sealed class TaskStage(IReadOnlyList<TaskDefinition> tasks, TaskRunOptions options)
{
    private const string ResultsFile = "results.json";

    private readonly Lazy<string> _questions = new(() => Fingerprint(tasks, options)); // read once, whatever the number of models

    /// <summary>Runs the stage for one model, or for several that predict together.</summary>
    /// <param name="load">Loads them; called only where there is work to do.</param>
    /// <param name="models">What they are and their fingerprints: part of the key.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="context">Gets answers; its cancellation ends the stage between two batches.</param>
    public void Run(Func<ITaskModel> load, IReadOnlyList<(string Model, string Fingerprint)> models, string folder, StageContext context)
        => StageDirectory.Make(folder, KeyOf(models) with { Paths = [.. models.Select(m => m.Model), options.Data] }, context.Progress, partial =>
        {
            using var model = load();
            return new Dictionary<string, double> { ["samples"] = Ask(model, models, FileIn(partial), context, Path.GetFileName(folder)) };
        });

    /// <summary>Asks outside of a run.</summary>
    /// <param name="model">Whom to ask.</param>
    /// <param name="models">What it consists of, with fingerprints.</param>
    /// <param name="file">Gets results and samples; the answers of a killed call lie beside it, and the same call goes on from them. Null for neither.</param>
    /// <param name="context">Gets answers, and a line for each result; its cancellation ends it between two batches.</param>
    /// <param name="name">What progress and results call the model, where several are asked; empty for the only one.</param>
    /// <returns>Number of samples.</returns>
    public int Ask(
        ITaskModel model, IReadOnlyList<(string Model, string Fingerprint)> models, string? file, StageContext context, string name = "")
    {
        using var journal = file is null ? null : new JsonJournal<TaskAnswer>(file + ".journal", KeyOf(models).Hash, ArtifactJson.Line);
        var samples = new List<TaskSample>();
        IReadOnlyList<TaskResult> Run() => new TaskRunner(model, options, journal, name).Run(tasks, samples, context.Progress, context.Cancellation);
        var results = journal is null ? Run() : journal.Keep("answers", Run, context.Cancellation);

        if (file is not null)
        {
            TaskReport.Write(file, string.Join(", ", models.Select(m => m.Model)), options, results, samples);
            journal!.Remove();
        }

        return samples.Count;
    }

    /// <summary>The file with results and samples in a finished output.</summary>
    /// <param name="folder">The stage's folder.</param>
    public static string FileIn(string folder) => Path.Combine(folder, ResultsFile);

    /// <summary>What decides answers and scores; reads the benchmarks' data.</summary>
    /// <param name="models">What is asked, with fingerprints.</param>
    public StageKey KeyOf(IReadOnlyList<(string Model, string Fingerprint)> models)
        => StageKey.Create("tasks", 3, new { tasks, options.Limit, options.Shots, options.Seed, options.Chat, options.Precision },
            [.. models.Select((m, i) => (FormattableString.Invariant($"model {i}"), m.Fingerprint)), ("questions", _questions.Value)]);

    // Of all that decides answers and scores: the data may change under the same names.
    private static string Fingerprint(IReadOnlyList<TaskDefinition> tasks, TaskRunOptions options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in tasks.SelectMany(t => t.Parts()).Where(p => p.CanBeAsked()))
        {
            foreach (var (example, prompt) in TaskReader.Read(part, options.Data, options.Limit, options.Shots, options.Seed))
            {
                string[] texts = [part.Name, prompt, example.ChatQuestion ?? "", .. example.Choices, FormattableString.Invariant($"{example.Gold}"), .. example.Answers, .. example.Stops, TaskTemplate.Fill(part.Tests, example.Row)];
                hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', texts) + "\0"));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

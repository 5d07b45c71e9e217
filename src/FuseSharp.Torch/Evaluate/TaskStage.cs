using System.Security.Cryptography;
using System.Text;
using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Evaluate;
using FuseSharp.Core.Evaluate.Code;
using FuseSharp.Core.Progress;

namespace FuseSharp.Torch.Evaluate;

/// <summary>Stage 7 for benchmarks: a model × tasks → scores, and every question with its answer. A killed run goes on behind the last answer.</summary>
public static class TaskStage
{
    private const string ResultsFile = "results.json";
    private const string JournalFile = "answers.jsonl";

    /// <summary>Runs the stage for one model, or for several that predict together.</summary>
    /// <param name="load">Loads them; called only where there is work to do.</param>
    /// <param name="models">What they are and their fingerprints: part of the key.</param>
    /// <param name="tasks">What is asked.</param>
    /// <param name="options">How.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="progress">Gets answers.</param>
    /// <param name="cancellation">Ends the stage between two batches.</param>
    public static void Run(
        Func<ITaskModel> load, IReadOnlyList<(string Model, string Fingerprint)> models, IReadOnlyList<TaskDefinition> tasks, TaskRunOptions options, string folder, IProgressReporter progress,
        CancellationToken cancellation)
    {
        var key = KeyOf(models, tasks, options);
        StageFolder.Make(folder, key, progress, partial =>
        {
            using var model = load();
            using var journal = new JsonJournal<TaskAnswer>(Path.Combine(partial, JournalFile), key.Hash, ArtifactJson.Line);
            var samples = new List<TaskSample>();
            var results = new TaskRunner(model, options, journal).Run(tasks, samples, progress, cancellation);
            TaskReport.Write(Path.Combine(partial, ResultsFile), string.Join(", ", models.Select(m => m.Model)), options, results, samples);
            journal.Remove();
            return new Dictionary<string, double> { ["samples"] = samples.Count };
        });
    }

    /// <summary>What decides a model's answers.</summary>
    /// <param name="models">The models and their fingerprints.</param>
    /// <param name="tasks">What is asked.</param>
    /// <param name="options">How.</param>
    public static StageKey KeyOf(IReadOnlyList<(string Model, string Fingerprint)> models, IReadOnlyList<TaskDefinition> tasks, TaskRunOptions options)
        => StageKey.Of("tasks", 2, new { tasks, options.Limit, options.Shots, options.Seed, options.Chat },
            [.. models.Select((m, i) => (FormattableString.Invariant($"model {i}"), m.Fingerprint)), ("questions", Fingerprint(tasks, options))]);

    /// <summary>The file with results and samples in a finished output.</summary>
    /// <param name="folder">The stage's folder.</param>
    public static string FileIn(string folder) => Path.Combine(folder, ResultsFile);

    // Of all that models will read: the data may change under the same names.
    private static string Fingerprint(IReadOnlyList<TaskDefinition> tasks, TaskRunOptions options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in tasks.SelectMany(t => t.Parts()).Where(p => p.Scoring != TaskScoring.Execute || CodeLanguage.Find(p.Language) is { Missing: null }))
        {
            foreach (var (example, prompt) in TaskReader.Read(part, options.Data, options.Limit, options.Shots, options.Seed))
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{part.Name}\n{prompt}\n{example.ChatQuestion}\n{string.Join('\n', example.Choices)}\n{example.Gold}\n{string.Join('\n', example.Answers)}\n{string.Join('\n', example.Stops)}\0"));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

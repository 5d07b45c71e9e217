using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Evaluate;
using FuseSharp.Core.Progress;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Torch.Evaluate;

/// <summary>Stage 7 for benchmarks: a model × tasks → scores, and every question with its answer.</summary>
public static class TaskStage
{
    private const string ResultsFile = "results.json";

    /// <summary>Runs the stage for one model.</summary>
    /// <param name="load">Loads the model; called only where there is work to do.</param>
    /// <param name="path">The model's folder, whose fingerprint is part of the key.</param>
    /// <param name="tasks">Names or files.</param>
    /// <param name="options">How.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="progress">Gets questions.</param>
    /// <param name="cancellation">Ends the stage between two batches.</param>
    public static void Run(
        Func<LanguageModel> load, string path, IReadOnlyList<string> tasks, TaskRunOptions options, string folder, IProgressReporter progress, CancellationToken cancellation)
    {
        TaskDefinition[] definitions = [.. tasks.Select(TaskDefinition.Find)];
        var key = StageKey.Of("tasks", 1, new { tasks, options.Limit, options.Shots, options.Seed }, ("model", LanguageModel.Fingerprint(path)), ("questions", Fingerprint(definitions, options)));
        StageFolder.Make(folder, key, progress, partial =>
        {
            using var model = load();
            var runner = new TaskRunner(model, options);
            var samples = new List<TaskSample>();
            List<TaskResult> results = [.. definitions.SelectMany(d => runner.Run(d, samples, progress, cancellation))];
            TaskReport.Write(Path.Combine(partial, ResultsFile), path, options, results, samples);
            return new Dictionary<string, double> { ["questions"] = samples.Count };
        });
    }

    /// <summary>Reads a finished output.</summary>
    /// <param name="folder">The stage's folder.</param>
    public static IReadOnlyList<TaskResult> Read(string folder)
    {
        using var stream = File.OpenRead(Path.Combine(folder, ResultsFile));
        return JsonSerializer.Deserialize<Results>(stream, ArtifactJson.Options)!.All;
    }

    // Of all that the model will read and that will be accepted: the data may change under the same names.
    private static string Fingerprint(TaskDefinition[] tasks, TaskRunOptions options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in tasks.SelectMany(t => t.Parts()))
        {
            foreach (var (example, prompt) in TaskReader.Read(part, options.Data, options.Limit, options.Shots, options.Seed))
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{part.Name}\n{prompt}\n{string.Join('\n', example.Choices)}\n{example.Gold}\n{string.Join('\n', example.Answers)}\0"));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed record Results(
        [property: System.Text.Json.Serialization.JsonPropertyName("results")] IReadOnlyList<TaskResult> All);
}

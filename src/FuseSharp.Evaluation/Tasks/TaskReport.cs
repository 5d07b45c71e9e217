using System.Globalization;
using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Statistics;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Evaluation.Tasks;

/// <summary>Shows results of tasks and writes them down.</summary>
public static class TaskReport
{
    /// <summary>Results as a line each: <c>boolq: acc 0.6123 ± 0.0154 (1,000 questions)</c>.</summary>
    public static string LineOf(TaskResult result)
        => result.Skipped is { } why ? $"{result.Task}: skipped, {why}"
            : result.Figures.Count == 0 ? string.Create(CultureInfo.InvariantCulture, $"{result.Task}: {result.Samples:N0} answers, for a judge to grade (fusesharp judge)")
            : string.Create(CultureInfo.InvariantCulture, $"{result.Task}: {string.Join(", ", result.Figures.Select(Show))} ({result.Samples:N0} questions)");

    /// <summary>Writes results and every sample as JSON; the file appears under its name when it is complete.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">What was asked.</param>
    /// <param name="settings">Shots, limit, seed.</param>
    /// <param name="results">Of all tasks.</param>
    /// <param name="samples">All questions.</param>
    public static void Write(string path, string model, object settings, IReadOnlyList<TaskResult> results, IReadOnlyList<TaskSample> samples)
        => Durable.WriteText(path, JsonSerializer.Serialize(new { model, settings, results, samples }, ArtifactJson.Options) + "\n");

    /// <summary>Reads the samples of a written report.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UsageException">It is missing or something else.</exception>
    public static IReadOnlyList<TaskSample> ReadSamples(string path) => Read(path).Samples;

    /// <summary>Reads the results of a written report.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UsageException">It is missing or something else.</exception>
    public static IReadOnlyList<TaskResult> ReadResults(string path) => Read(path).Results;

    private static Contents Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<Contents>(stream, ArtifactJson.Options) is { Results: not null, Samples: not null } contents ? contents : throw new JsonException("It has no 'results' and 'samples'.");
        }
        catch (Exception fault) when (fault is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"'{path}' holds no results of benchmarks: {fault.Message} Name a file in which a benchmark's answers were kept.", fault);
        }
    }

    private static string Show(TaskFigure figure)
        => $"{figure.Name} {new Estimate(figure.Value, figure.StandardError).Show()}";

    private sealed record Contents(IReadOnlyList<TaskResult> Results, IReadOnlyList<TaskSample> Samples);
}

using System.Globalization;
using System.Text.Json;
using FuseSharp.Core.Artifacts;

namespace FuseSharp.Core.Evaluate;

/// <summary>Shows results of tasks and writes them down.</summary>
public static class TaskReport
{
    /// <summary>Results as a line each: <c>boolq: acc 0.6123 ± 0.0154 (1,000 questions)</c>.</summary>
    public static string LineOf(TaskResult result)
        => string.Create(CultureInfo.InvariantCulture, $"{result.Task}: {string.Join(", ", result.Figures.Select(Show))} ({result.Samples:N0} questions)");

    /// <summary>Writes results and every sample as JSON; the file appears under its name when it is complete.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">What was asked.</param>
    /// <param name="settings">Shots, limit, seed.</param>
    /// <param name="results">Of all tasks.</param>
    /// <param name="samples">All questions.</param>
    public static void Write(string path, string model, object settings, IReadOnlyList<TaskResult> results, IReadOnlyList<TaskSample> samples)
        => Durable.WriteText(path, JsonSerializer.Serialize(new { model, settings, results, samples }, ArtifactJson.Options) + "\n");

    private static string Show(TaskFigure figure)
        => double.IsNaN(figure.StandardError) ? string.Create(CultureInfo.InvariantCulture, $"{figure.Name} {figure.Value:F4}")
            : string.Create(CultureInfo.InvariantCulture, $"{figure.Name} {figure.Value:F4} ± {figure.StandardError:F4}");
}

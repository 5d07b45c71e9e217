using System.Text.Json;
using FuseSharp.Files;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Pipeline.Train;

/// <summary>The course of a training, twice: <c>log.jsonl</c>, a <see cref="TrainStep"/> a line, and TensorBoard events in <c>tensorboard/</c>.</summary>
/// <remarks>
/// Continued at a checkpoint, steps after it are cut off, for they are taken again, and the events are written anew from the lines: one file, every step once, at the time it was first taken.
/// A power cut may have torn lines, which are dropped: the log is not synced at every step.
/// </remarks>
public sealed class TrainLog : IDisposable
{
    /// <summary>Name of the file of lines.</summary>
    public const string FileName = "log.jsonl";

    private const string EventFolder = "tensorboard";

    private readonly TimeProvider _time;
    private readonly StreamWriter _lines;
    private readonly EventFile _events;

    /// <summary>Opens the log of a folder.</summary>
    /// <param name="folder">The training's.</param>
    /// <param name="steps">Steps that are done; later lines are cut off.</param>
    /// <param name="time">Tells when steps are taken; null for the system's clock.</param>
    public TrainLog(string folder, int steps, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        string path = Path.Combine(folder, FileName);
        TrainStep[] kept = File.Exists(path) ? [.. File.ReadLines(path).Select(Parse).OfType<TrainStep>().Where(s => s.Step >= 1 && s.Step <= steps).DistinctBy(s => s.Step)] : [];
        string events = Path.Combine(folder, EventFolder);
        if (Directory.Exists(events))
        {
            Directory.Delete(events, recursive: true);
        }

        Durable.WriteText(path, string.Concat(kept.Select(Line)));
        Directory.CreateDirectory(events);
        _events = new EventFile(events, kept.FirstOrDefault()?.Time ?? Now);
        Array.ForEach(kept, WriteEvents);
        _lines = new StreamWriter(path, append: true);
    }

    private double Now => _time.GetUtcNow().ToUnixTimeMilliseconds() / 1e3;

    /// <summary>Adds a step.</summary>
    public void Write(TrainStep step)
    {
        step = step with { Time = Now };
        _lines.Write(Line(step));
        _lines.Flush();
        WriteEvents(step);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lines.Dispose();
        _events.Dispose();
    }

    private static string Line(TrainStep step) => JsonSerializer.Serialize(step, ArtifactJson.Line) + "\n";

    private static TrainStep? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainStep>(line, ArtifactJson.Line) is { Teachers: not null } step ? step : null;
        }
        catch (JsonException)
        {
            return null; // torn
        }
    }

    private void WriteEvents(TrainStep step) => _events.Add(step.Time ?? Now, step.Step, Scalars(step));

    // Named as Hugging Face's trainer names them, where it has the same.
    private static IEnumerable<(string Tag, double Value)> Scalars(TrainStep step)
    {
        yield return ("train/loss", step.Loss);
        yield return ("train/loss_language_model", step.LanguageModel);
        yield return ("train/loss_fusion", step.Fusion);
        yield return ("train/lambda", step.LanguageModelWeight);
        yield return ("train/learning_rate", step.LearningRate);
        yield return ("train/grad_norm", step.GradientNorm);
        yield return ("speed/tokens_per_second", step.TokensPerSecond);
        yield return ("memory/megabytes", step.MemoryBytes / 1e6);
        if (step.ExchangeShare is { } exchange)
        {
            yield return ("speed/exchange_share", exchange);
        }

        double chosen = Math.Max(1, step.Teachers.Sum());
        for (int m = 0; m < step.Teachers.Length; m++)
        {
            yield return (FormattableString.Invariant($"teacher_share/{m}"), step.Teachers[m] / chosen);
        }

        if (step.BitsPerByte is { } bits)
        {
            yield return ("eval/bits_per_byte", bits);
        }
    }
}

using System.Text.Json;
using FuseSharp.Core.Artifacts;
using TorchSharp;
using TorchSharp.Modules;

namespace FuseSharp.Torch.Train;

/// <summary>The course of a training, twice: <c>log.jsonl</c>, a <see cref="TrainStep"/> a line, and TensorBoard events in <c>tensorboard/</c>.</summary>
/// <remarks>Continued at a checkpoint, steps behind it are cut off, for they are taken again, and the events are written anew from the lines: one file, every step once.</remarks>
public sealed class TrainLog : IDisposable
{
    /// <summary>Name of the file of lines.</summary>
    public const string FileName = "log.jsonl";

    private const string EventFolder = "tensorboard";

    private readonly StreamWriter _lines;
    private readonly SummaryWriter _events;

    /// <summary>Opens the log of a folder.</summary>
    /// <param name="folder">The training's.</param>
    /// <param name="steps">Steps that are done; later lines are cut off.</param>
    public TrainLog(string folder, int steps)
    {
        string path = Path.Combine(folder, FileName);
        string[] kept = File.Exists(path) ? [.. File.ReadLines(path).Take(steps)] : [];
        string events = Path.Combine(folder, EventFolder);
        if (Directory.Exists(events))
        {
            Directory.Delete(events, recursive: true);
        }

        File.WriteAllLines(path, kept);
        Directory.CreateDirectory(events);
        _events = torch.utils.tensorboard.SummaryWriter(events);
        foreach (string line in kept)
        {
            if (JsonSerializer.Deserialize<TrainStep>(line, ArtifactJson.Line) is { } step)
            {
                WriteEvents(step);
            }
        }

        _lines = new StreamWriter(path, append: true);
    }

    /// <summary>Adds a step.</summary>
    public void Write(TrainStep step)
    {
        _lines.WriteLine(JsonSerializer.Serialize(step, ArtifactJson.Line));
        _lines.Flush();
        WriteEvents(step);
    }

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();

    private void WriteEvents(TrainStep step)
    {
        void Add(string tag, double value) => _events.add_scalar(tag, (float)value, step.Step);
        Add("train/loss", step.Loss);
        Add("train/loss_language_model", step.LanguageModel);
        Add("train/loss_fusion", step.Fusion);
        Add("train/lambda", step.LanguageModelWeight);
        Add("train/learning_rate", step.LearningRate);
        Add("train/gradient_norm", step.GradientNorm);
        Add("speed/tokens_per_second", step.TokensPerSecond);
        Add("memory/megabytes", step.MemoryBytes / 1e6);
        double chosen = Math.Max(1, step.Teachers.Sum());
        for (int m = 0; m < step.Teachers.Length; m++)
        {
            Add(FormattableString.Invariant($"teacher_share/{m}"), step.Teachers[m] / chosen);
        }

        if (step.BitsPerByte is { } bits)
        {
            Add("validation/bits_per_byte", bits);
        }
    }
}

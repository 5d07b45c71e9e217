using System.Text.Json;
using FuseSharp.Core.Artifacts;
using FuseSharp.Torch.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Train;

/// <summary>The state of a training between two steps, complete or absent: weights, moments, step and sums.</summary>
/// <remarks>The order of blocks, the learning rate and λ follow from options and step, so nothing else is needed to go on exactly.</remarks>
/// <param name="folder">Where it lies.</param>
public sealed class TrainCheckpoint(string folder)
{
    private const string TensorFile = "optimizer.safetensors";
    private const string StateFile = "state.json";

    /// <summary>Writes the state in place of the one before.</summary>
    public void Save(FlatAdamW optimizer, TrainTotals totals)
    {
        string partial = folder + ".partial";
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }

        Directory.CreateDirectory(partial);
        SafetensorsWriter.Write(Path.Combine(partial, TensorFile), Tensors(optimizer));
        File.WriteAllText(Path.Combine(partial, StateFile), JsonSerializer.Serialize(new State(optimizer.Steps, totals), ArtifactJson.Options));
        Delete();
        Directory.Move(partial, folder);
    }

    /// <summary>Reads the state into the optimizer and its parameters; null where there is none.</summary>
    public TrainTotals? Load(FlatAdamW optimizer)
    {
        if (ReadState() is not { } state)
        {
            return null;
        }

        using var reader = new SafetensorsReader(Path.Combine(folder, TensorFile));
        using var noGradient = no_grad();
        foreach (var (name, tensor) in Tensors(optimizer))
        {
            using var value = reader.Read(name);
            tensor.copy_(value);
        }

        optimizer.Steps = state.Steps;
        optimizer.WriteParameters();
        return state.Totals;
    }

    /// <summary>Cuts from a training log the steps behind the checkpoint: they will be taken again.</summary>
    public void TrimLog(string log)
    {
        if (File.Exists(log))
        {
            int steps = ReadState()?.Steps ?? 0;
            string[] kept = [.. File.ReadLines(log).Take(steps)];
            File.WriteAllLines(log, kept);
        }
    }

    /// <summary>Removes it.</summary>
    public void Delete()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private State? ReadState()
    {
        string path = Path.Combine(folder, StateFile);
        return File.Exists(path) ? JsonSerializer.Deserialize<State>(File.ReadAllText(path), ArtifactJson.Options) : null;
    }

    private static (string Name, Tensor Value)[] Tensors(FlatAdamW optimizer)
        => [("first_moment", optimizer.FirstMoment), ("master", optimizer.Master), ("second_moment", optimizer.SecondMoment)];

    private sealed record State(int Steps, TrainTotals Totals);
}

using System.Globalization;
using System.Text.Json;
using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Errors;
using FuseSharp.Torch.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Train;

/// <summary>The states of a training between two steps, each complete or absent: weights, moments, step and sums.</summary>
/// <remarks>
/// The order of blocks, the learning rate, λ and random states follow from options and step, so nothing else is needed to go on exactly.
/// A state is written beside the older ones, on disk in full before it gets its name <c>step-00000500</c>, and only then are older ones removed: there is never a moment without one.
/// </remarks>
/// <param name="folder">Where they lie.</param>
/// <param name="limit">How many are kept, the newest.</param>
public sealed class TrainCheckpoint(string folder, int limit = 1)
{
    private const string TensorFile = "optimizer.safetensors";
    private const string StateFile = "state.json";
    private const string Prefix = "step-";
    private const string BestFile = "best.safetensors";

    /// <summary>The folder of the newest state; null where there is none.</summary>
    public string? Newest => Names().LastOrDefault() is { } name ? Path.Combine(folder, name) : null;

    /// <summary>Writes a state, then removes those beyond the limit.</summary>
    public void Save(FlatAdamW optimizer, TrainTotals totals)
    {
        string name = Prefix + optimizer.Steps.ToString("D8", CultureInfo.InvariantCulture);
        string partial = Path.Combine(folder, name + ".partial");
        DeleteFolder(partial);
        Directory.CreateDirectory(partial);
        SafetensorsWriter.Write(Path.Combine(partial, TensorFile), Tensors(optimizer));
        Durable.WriteText(Path.Combine(partial, StateFile), JsonSerializer.Serialize(new State(optimizer.Steps, totals), ArtifactJson.Options));
        DeleteFolder(Path.Combine(folder, name));
        Directory.Move(partial, Path.Combine(folder, name));
        Durable.SyncFolder(folder);
        foreach (string old in Names().SkipLast(limit))
        {
            DeleteFolder(Path.Combine(folder, old));
        }
    }

    /// <summary>Reads the newest state into the optimizer and its parameters; null where there is none.</summary>
    /// <exception cref="ArtifactException">It is damaged, or of another model.</exception>
    public TrainTotals? Load(FlatAdamW optimizer)
    {
        if (Newest is not { } newest)
        {
            return null;
        }

        var state = ReadState(newest);
        using var reader = new SafetensorsReader(Path.Combine(newest, TensorFile));
        using var noGradient = no_grad();
        foreach (var (name, tensor) in Tensors(optimizer))
        {
            if (!reader.Names.Contains(name) || reader.ShapeOf(name)[0] != tensor.numel())
            {
                throw new ArtifactException(FormattableString.Invariant($"'{newest}' does not hold '{name}' of {tensor.numel()} weights: it is of another model or damaged. Delete it."));
            }

            using var value = reader.Read(name);
            tensor.copy_(value);
        }

        optimizer.Steps = state.Steps;
        optimizer.WriteParameters();
        return state.Totals;
    }

    /// <summary>Step of the newest state; 0 where there is none.</summary>
    public int Steps => Newest is { } newest ? ReadState(newest).Steps : 0;

    /// <summary>Keeps the present weights as the best so far.</summary>
    public void SaveBest(FlatAdamW optimizer)
    {
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, BestFile), [("master", optimizer.Master)]);
    }

    /// <summary>Puts the best weights into the parameters.</summary>
    public void LoadBest(FlatAdamW optimizer)
    {
        using var reader = new SafetensorsReader(Path.Combine(folder, BestFile));
        using var noGradient = no_grad();
        using var value = reader.Read("master");
        optimizer.Master.copy_(value);
        optimizer.WriteParameters();
    }

    /// <summary>Removes all of it.</summary>
    public void Delete() => DeleteFolder(folder);

    private static State ReadState(string newest)
    {
        string path = Path.Combine(newest, StateFile);
        try
        {
            return JsonSerializer.Deserialize<State>(File.ReadAllText(path), ArtifactJson.Options) ?? throw new JsonException("it is empty");
        }
        catch (Exception fault) when (fault is JsonException or IOException)
        {
            throw new ArtifactException($"'{path}' is damaged: {fault.Message} Delete '{newest}' and run again.", fault);
        }
    }

    private string[] Names()
        => Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder, Prefix + "*").Select(d => Path.GetFileName(d)!).Where(n => !n.EndsWith(".partial", StringComparison.Ordinal)).Order(StringComparer.Ordinal)]
            : [];

    private static void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static (string Name, Tensor Value)[] Tensors(FlatAdamW optimizer)
        => [("first_moment", optimizer.FirstMoment), ("master", optimizer.Master), ("second_moment", optimizer.SecondMoment)];

    private sealed record State(int Steps, TrainTotals Totals);
}

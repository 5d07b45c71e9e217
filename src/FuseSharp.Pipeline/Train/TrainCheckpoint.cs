using System.Globalization;
using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Pipeline.Train;

/// <summary>The states of a training between two steps, each complete or absent: weights, moments, step and sums.</summary>
/// <remarks>
/// The order of blocks, the learning rate, λ and random states follow from options and step, so nothing else is needed to go on exactly.
/// A state is written beside the older ones, on disk in full before it gets its name <c>step-00000500</c>, and only then are older ones removed: there is never a moment without one.
/// Each rank writes its share into a file of its own, and any number of ranks reads them back. The best weights lie in <c>best-00000500</c>, until a state names a later one.
/// </remarks>
/// <param name="folder">Where they lie; all ranks see it.</param>
/// <param name="limit">How many are kept, the newest.</param>
/// <param name="ranks">Who trains; null for this process alone.</param>
public sealed class TrainCheckpoint(string folder, int limit = 1, IProcessGroup? ranks = null)
{
    private const string StateFile = "state.json";
    private const string Prefix = "step-";
    private const string BestPrefix = "best-";

    private readonly IProcessGroup _ranks = ranks ?? SingleProcess.Instance;

    /// <summary>The folder of the newest state; null where there is none.</summary>
    public string? Newest => Names(Prefix).LastOrDefault() is { } name ? Path.Combine(folder, name) : null;

    /// <summary>Step of the newest state; 0 where there is none.</summary>
    public int Steps => Newest is { } newest ? ReadState(newest).Steps : 0;

    /// <summary>Writes a state, then removes those beyond the limit.</summary>
    public void Save(FlatAdamW optimizer, TrainTotals totals)
    {
        Write(NameOf(Prefix, optimizer.Steps), partial => ShareFiles.Write(partial, optimizer, _ranks, withMoments: true),
            partial => Durable.WriteText(Path.Combine(partial, StateFile), JsonSerializer.Serialize(new State(optimizer.Steps, totals), ArtifactJson.Options)));
        if (_ranks.Rank == 0)
        {
            Remove(Names(Prefix).SkipLast(limit));
            Remove(Names(BestPrefix).Where(n => n != NameOf(BestPrefix, totals.BestStep)));
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
        ShareFiles.Read(newest, optimizer, _ranks.Rank, withMoments: true);
        optimizer.Steps = state.Steps;
        optimizer.WriteParameters();
        return state.Totals;
    }

    /// <summary>Keeps the present weights as the best so far.</summary>
    public void SaveBest(FlatAdamW optimizer)
        => Write(NameOf(BestPrefix, optimizer.Steps), partial => ShareFiles.Write(partial, optimizer, _ranks, withMoments: false), _ => { });

    /// <summary>Puts the best weights into the parameters.</summary>
    /// <param name="optimizer">Its master weights are replaced.</param>
    /// <param name="step">The step that reached them.</param>
    public void LoadBest(FlatAdamW optimizer, int step)
    {
        ShareFiles.Read(Path.Combine(folder, NameOf(BestPrefix, step)), optimizer, _ranks.Rank, withMoments: false);
        optimizer.WriteParameters();
    }

    /// <summary>Removes all of it.</summary>
    public void Delete() => DeleteFolder(folder);

    // All ranks fill the folder; rank 0 completes it and gives it its name when all have.
    private void Write(string name, Action<string> fill, Action<string> complete)
    {
        string partial = Path.Combine(folder, name + Durable.PartialSuffix);
        if (_ranks.Rank == 0)
        {
            Remove(Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder, "*" + Durable.PartialSuffix).Select(d => Path.GetFileName(d)!)] : []); // of processes that were killed
            Directory.CreateDirectory(partial);
        }

        _ranks.Barrier();
        try
        {
            fill(partial);
        }
        catch (IOException fault) when (DiskFull.Is(fault))
        {
            if (_ranks.Count == 1)
            {
                DeleteFolder(partial); // it takes room that the next attempt needs; of several ranks others may be writing there
            }

            string newest = Newest is { } state ? $"the newest state is '{state}'" : "there is no state yet";
            throw new ArtifactException($"The disk of '{folder}' is full: '{name}' cannot be written there; {newest}. Free some space and run the same command again.", fault);
        }

        _ranks.Barrier();
        if (_ranks.Rank == 0)
        {
            complete(partial);
            DeleteFolder(Path.Combine(folder, name));
            Directory.Move(partial, Path.Combine(folder, name));
            Durable.SyncFolder(folder);
        }

        _ranks.Barrier(); // the next thing that a rank does may be to read it
    }

    private void Remove(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            DeleteFolder(Path.Combine(folder, name));
        }
    }

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

    private static string NameOf(string prefix, int step) => prefix + step.ToString("D8", CultureInfo.InvariantCulture);

    // In order of their steps; what is not called as a state is called is none.
    private string[] Names(string prefix)
        => Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder, prefix + "*").Select(d => Path.GetFileName(d)!)
                .Where(n => int.TryParse(n.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int step) && NameOf(prefix, step) == n).Order(StringComparer.Ordinal)]
            : [];

    private static void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private sealed record State(int Steps, TrainTotals Totals);
}

using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Progress;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Storage.Artifacts;

/// <summary>Where a stage writes: a half result never looks whole, and work that is done is not done again.</summary>
/// <remarks>
/// Work goes on in <c>NAME.partial</c>, which holds the key of what is being made; when complete it gets its manifest and its final name.
/// A partial folder with the same key is continued, one with another key thrown away; a finished folder with the same key is kept.
/// </remarks>
public static class StageDirectory
{
    /// <summary>Name of the file that holds the key of what is being made.</summary>
    public const string KeyFile = NoteFiles.Key;

    private const int KeyLength = 64; // hexadecimal SHA-256

    /// <summary>Makes a stage's folder unless it is there already.</summary>
    /// <param name="folder">The final name.</param>
    /// <param name="key">What decides the contents.</param>
    /// <param name="progress">Is told when nothing is to be done.</param>
    /// <param name="work">Fills the partial folder it is given, skipping what stands there complete; returns the manifest's figures.</param>
    /// <param name="ranks">Who works: all of them call this, each does <paramref name="work"/>, rank 0's figures count. Null for this process alone.</param>
    /// <returns>The manifest of the finished folder.</returns>
    /// <exception cref="ArtifactException">The disk is full or cannot be written, or another process writes there.</exception>
    public static Manifest Make(string folder, StageKey key, IProgressReporter progress, Func<string, Dictionary<string, double>> work, IProcessGroup? ranks = null)
    {
        var team = new RankedStage(ranks ?? SingleProcess.Instance, folder, key);
        return team.Make(
            () => Manifest.ReadOwn(folder) is { } finished && finished.Key == key.Hash && finished.MissingFile(folder) is null ? UpToDate(folder, finished, progress)
                : Fill(folder, key, progress, partial => ManifestOf(key, team.Lead(() => work(partial)))),
            partial => work(partial));
    }

    /// <summary>Where a stage works until its output is complete: beside the place where it will be, links followed.</summary>
    internal static string PartialOf(string folder) => OutputGuard.RealPath(folder) + Durable.PartialSuffix;

    /// <summary>Is held by the process that makes a folder.</summary>
    internal static string LockOf(string folder) => PartialOf(folder) + ".lock";

    /// <summary>Fills the partial folder and gives it its name.</summary>
    internal static Manifest Fill(string folder, StageKey key, IProgressReporter progress, Func<string, Manifest> work)
    {
        OutputGuard.CheckFolder(folder, key.Stage, key.Paths);
        string partial = PartialOf(folder);
        if (Manifest.ReadOwn(folder) is { } replaced)
        {
            progress.Say($"{Name(folder)}: again, because {(replaced.Key == key.Hash && replaced.MissingFile(folder) is { } missing ? $"'{missing}' is missing" : key.ChangesFrom(replaced))}");
        }

        try
        {
            Directory.CreateDirectory(partial);
            using var taken = FileLock.Take(LockOf(folder), $"Another process holds '{LockOf(folder)}' and writes there. Wait for it, or choose another output folder.");
            Prepare(partial, key, progress);
            Manifest manifest;
            using (CostRecorder.Start(partial))
            {
                manifest = work(partial);
            }

            return Finish(folder, partial, manifest, key);
        }
        catch (FuseSharpException)
        {
            RemoveBare(partial);
            throw;
        }
        catch (OperationCanceledException stop) when (stop is not StoppedException)
        {
            throw new StoppedException($"Stopped in the middle of '{Name(folder)}', which the same command begins again; what was finished before it stays.", stop.CancellationToken);
        }
        catch (IOException fault) when (DiskFull.Is(fault))
        {
            throw new ArtifactException($"The disk of '{folder}' is full. What is finished stays in '{partial}'; free some space and run again.", fault);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new ArtifactException($"'{folder}' cannot be written: {fault.Message} Choose another output folder or change its permissions.", fault);
        }
    }

    private static Manifest UpToDate(string folder, Manifest finished, IProgressReporter progress)
    {
        Tidy(folder);
        FileLock.Tidy(LockOf(folder));
        progress.Say($"{Name(folder)}: up to date");
        return finished;
    }

    private static void Prepare(string partial, StageKey key, IProgressReporter progress)
    {
        string keyFile = Path.Combine(partial, KeyFile);
        if (File.Exists(keyFile) && File.ReadAllText(keyFile) == key.Hash)
        {
            progress.Say($"{Name(partial)}: continued");
            return;
        }

        if (IsKey(keyFile))
        {
            progress.Say($"{Name(partial)}: begun with other settings or inputs, starts over");
        }

        Directory.Delete(partial, recursive: true);
        Directory.CreateDirectory(partial);
        Durable.WriteText(keyFile, key.Hash);
    }

    internal static Manifest ManifestOf(StageKey key, IReadOnlyDictionary<string, double> figures)
        => new(key.Stage, key.FormatVersion, typeof(StageDirectory).Assembly.GetName().Version?.ToString(3) ?? "0", key.Hash, key.Options, key.Inputs, figures);

    // Killed at any point in here, the next run goes on: the key stays until the folder has its name.
    private static Manifest Finish(string folder, string partial, Manifest manifest, StageKey key)
    {
        // Hours may have passed, in which somebody put files there.
        OutputGuard.CheckFolder(folder, key.Stage, key.Paths);
        folder = OutputGuard.RealPath(folder);
        var files = Manifest.FilesOf(partial, manifest);
        manifest = manifest with { Files = files, Checksums = Manifest.ChecksumsOf(partial, files) };
        Durable.WriteText(Path.Combine(partial, Manifest.FileName), JsonSerializer.Serialize(manifest, ArtifactJson.Options) + "\n");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.Move(partial, folder);
        Tidy(folder);
        Durable.SyncFolder(Path.GetDirectoryName(folder)!);
        return manifest;
    }

    // A stage that was refused at once leaves nothing to go on from.
    private static void RemoveBare(string partial)
    {
        if (IsKey(Path.Combine(partial, KeyFile)) && FolderContents.Names(partial).All(n => n is KeyFile or StageCost.FileName))
        {
            Directory.Delete(partial, recursive: true);
        }
    }

    /// <summary>The key of what was begun for a folder and is not complete; null where nothing was.</summary>
    /// <param name="folder">The final name.</param>
    public static string? KeyOfPartial(string folder)
    {
        string file = Path.Combine(PartialOf(folder), KeyFile);
        return IsKey(file) ? File.ReadAllText(file) : null;
    }

    /// <summary>Whether a file holds the key of what is being made beside it.</summary>
    internal static bool IsKey(string file)
        => File.Exists(file) && new FileInfo(file).Length == KeyLength && File.ReadAllText(file).All(char.IsAsciiHexDigitLower);

    /// <summary>Removes what a process that was killed after its last step has left.</summary>
    internal static void Tidy(string folder)
    {
        foreach (string name in new[] { KeyFile, ShardJournal.JournalFile })
        {
            File.Delete(Path.Combine(folder, name));
        }
    }

    /// <summary>How messages call a folder: its last two names.</summary>
    internal static string Name(string folder)
        => $"{Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(folder)))}/{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}";
}

using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Json;
using FuseSharp.Progress;

namespace FuseSharp.Tokenizers.Hub;

/// <summary>Fetches the files of one repository that are read here.</summary>
/// <param name="connection">To the Hub.</param>
/// <param name="options">Where the cache lies.</param>
/// <param name="name">The model.</param>
/// <param name="progress">Gets a bar of bytes.</param>
internal sealed class SnapshotDownload(HubConnection connection, HubOptions options, HubName name, IProgressReporter progress)
{
    private readonly HubRepository _repository = new(options.Cache, name);

    // Contents by the names of the files, to be linked when all are there.
    private readonly Dictionary<string, string> _fetched = new(StringComparer.Ordinal);

    /// <summary>Fetches what is missing, then gives it names.</summary>
    /// <returns>The snapshot.</returns>
    public async Task<string> RunAsync(HubContents contents, CancellationToken cancellation)
    {
        string? known = HubCache.SnapshotOf(name, options.Cache) is null ? null : _repository.Commit;
        var (commit, names) = await connection.ListAsync(known ?? name.Revision, cancellation);
        var choice = new HubFileChoice(name.ToString(), names);
        string snapshot = _repository.Snapshot(commit);
        await FetchAsync($"fetch {name}", commit, choice.Small(contents), cancellation);
        if (contents == HubContents.Model)
        {
            var weights = choice.Large(file => JsonFile.Read(_fetched.GetValueOrDefault(file) ?? Path.Combine(snapshot, file), "a list of the files with weights"));
            await FetchAsync($"fetch {name} (weights)", commit, weights, cancellation);
        }

        using var held = await LockAsync(commit, cancellation);
        Directory.CreateDirectory(snapshot);
        foreach (var (file, blob) in _fetched)
        {
            Link(Path.Combine(snapshot, file), blob);
        }

        if (name.Revision != commit && known is null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_repository.Reference)!);
            Durable.WriteText(_repository.Reference, commit);
        }

        return snapshot;
    }

    private async Task FetchAsync(string title, string commit, IReadOnlyList<string> files, CancellationToken cancellation)
    {
        var missing = new List<HubFile>();
        foreach (string file in files.Where(f => !File.Exists(Path.Combine(_repository.Snapshot(commit), f))))
        {
            var described = await connection.DescribeAsync(commit, file, cancellation);
            _fetched[file] = _repository.Blob(described.Etag);
            if (!File.Exists(_fetched[file]))
            {
                missing.Add(described);
            }
        }

        if (missing.Count == 0)
        {
            return;
        }

        missing = [.. missing.DistinctBy(f => f.Etag)]; // the same contents under two names
        CheckRoom(missing);
        using var bar = progress.Start(title, missing.Sum(f => f.Bytes), "bytes");
        foreach (var file in missing)
        {
            using var held = await LockAsync(file.Etag, cancellation);
            string blob = _repository.Blob(file.Etag);
            if (File.Exists(blob))
            {
                bar.Skip(file.Bytes); // by another process, meanwhile
                continue;
            }

            await new BlobDownload(connection, file, blob, bar).RunAsync(cancellation);
        }

        bar.Complete();
    }

    private Task<IDisposable> LockAsync(string what, CancellationToken cancellation)
        => HubLock.TakeAsync(_repository.Lock(what), () => progress.Say($"Another process fetches '{name}': waiting for it."), cancellation);

    // Sizes are what the server says: none of them is believed to fit.
    private void CheckRoom(List<HubFile> missing)
    {
        Directory.CreateDirectory(_repository.Folder);
        long free = new DriveInfo(Path.GetFullPath(_repository.Folder)).AvailableFreeSpace;
        decimal needed = missing.Sum(f => (decimal)f.Bytes) - missing.Sum(f => LengthOf(_repository.Blob(f.Etag) + BlobDownload.PartialSuffix));
        if (needed > free)
        {
            throw new UsageException(FormattableString.Invariant($"'{name}' needs {needed:N0} bytes more in '{options.Cache}', where {free:N0} are free. Make room, or set HF_HOME to a folder on another disk."));
        }
    }

    private static long LengthOf(string file) => File.Exists(file) ? new FileInfo(file).Length : 0;

    // Where links are refused (Windows without developer mode) the contents themselves get the name, as huggingface_hub has it.
    private static void Link(string file, string blob)
    {
        if (File.Exists(file))
        {
            return;
        }

        File.Delete(file); // a link that leads nowhere
        try
        {
            File.CreateSymbolicLink(file, Path.Combine("..", "..", "blobs", Path.GetFileName(blob)));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            File.Copy(blob, file + Durable.PartialSuffix, overwrite: true);
            File.Move(file + Durable.PartialSuffix, file, overwrite: true);
        }
    }
}

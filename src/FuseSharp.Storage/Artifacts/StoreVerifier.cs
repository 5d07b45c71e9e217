using FuseSharp.Errors;
using FuseSharp.Files;


namespace FuseSharp.Storage.Artifacts;

/// <summary>Checks a store from its files alone: checksums, readability, counts, and that nothing lies in it that its manifest does not list.</summary>
public static class StoreVerifier
{
    /// <summary>The stores at a path: the folder itself, or all below it, such as those of a whole run.</summary>
    /// <exception cref="ArtifactException">There is none.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new ArtifactException($"There is no folder '{path}'. Correct the path.");
        }

        if (Manifest.ReadOwn(path) is not null || PartFolders.Found(path).Count > 0)
        {
            return [path];
        }

        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 8, IgnoreInaccessible = false };
        string[] folders = [.. Directory.EnumerateFiles(path, Manifest.FileName, options).Select(f => Path.GetDirectoryName(f)!)
            .Select(f => MachinePart.OfFolderName(Path.GetFileName(f)) is null ? f : Path.GetDirectoryName(f)!)
            .Distinct().Order(StringComparer.Ordinal)];
        return folders.Length > 0 ? folders : throw new ArtifactException($"Below '{path}' there is no finished output of a stage. Name one, or a run's folder.");
    }

    /// <summary>Checks one of them.</summary>
    /// <param name="folder">One that <see cref="Find"/> gave.</param>
    /// <param name="finished">Gets 1 for each shard checked.</param>
    /// <param name="cancellation">Ends the work between two shards.</param>
    public static VerifiedStore Verify(string folder, Action<int>? finished, CancellationToken cancellation)
    {
        Store store;
        try
        {
            if (Manifest.ReadOwn(folder) is { Shards: null } plain)
            {
                return VerifyFiles(folder, plain, finished, cancellation);
            }

            store = Store.Open(folder);
        }
        catch (ArtifactException fault)
        {
            return new VerifiedStore(folder, "", 0, 0, 0, 0, [fault.Message]);
        }

        var faults = new List<string>(ManifestErrors(store.Manifest));
        long rows = 0;
        foreach (var shard in store.Shards)
        {
            cancellation.ThrowIfCancellationRequested();
            if (ErrorOf(store, shard, out long read) is { } fault)
            {
                faults.Add(fault);
            }

            rows += read;
            finished?.Invoke(1);
        }

        var listed = store.Shards.Select(store.PathOf).ToHashSet(StringComparer.Ordinal);
        faults.AddRange(Directory.EnumerateFiles(folder, "*.parquet*", SearchOption.AllDirectories).Where(f => !listed.Contains(f)).Order(StringComparer.Ordinal)
            .Select(f => $"'{f}' is not listed in the manifest: it is not part of the output. Delete it."));
        return new VerifiedStore(folder, store.Manifest.Stage, store.Shards.Count, rows, store.Shards.Sum(s => s.Bytes), store.Shards.Sum(s => s.LeftOut.Count), faults);
    }

    // Stages without shards: models, maps, figures.
    private static VerifiedStore VerifyFiles(string folder, Manifest manifest, Action<int>? finished, CancellationToken cancellation)
    {
        var faults = new List<string>(KeyErrors(manifest));
        long bytes = 0;
        foreach (string name in manifest.Files ?? [])
        {
            cancellation.ThrowIfCancellationRequested();
            string path = Path.Combine(folder, name);
            bool isThere = File.Exists(path);
            bytes += isThere ? BoundedFile.LengthOf(path) : 0;
            if (!isThere && !NoteFiles.Is(name))
            {
                faults.Add($"'{path}' is missing. Delete the folder and run '{manifest.Stage}' again.");
            }
            else if (isThere && manifest.Checksums?.GetValueOrDefault(name) is { } checksum && Manifest.ChecksumOf(path) != checksum)
            {
                faults.Add($"'{path}' was changed: its checksum is not that of {Manifest.FileName}. Delete the folder and run '{manifest.Stage}' again.");
            }

            finished?.Invoke(1);
        }

        if (manifest.Checksums is null)
        {
            faults.Add($"'{Path.Combine(folder, Manifest.FileName)}' holds no checksums: an earlier version of fusesharp wrote it. Run '{manifest.Stage}' again to have them.");
        }

        return new VerifiedStore(folder, manifest.Stage, 0, 0, bytes, 0, faults) { Files = manifest.Files?.Count ?? 0 };
    }

    private static IEnumerable<string> KeyErrors(Manifest manifest)
    {
        var key = new StageKey(manifest.Stage, manifest.FormatVersion, manifest.Options, new SortedDictionary<string, string>(manifest.Inputs.ToDictionary(), StringComparer.Ordinal));
        if (key.Hash != manifest.Key)
        {
            yield return $"The manifest's key {manifest.Key[..Math.Min(16, manifest.Key.Length)]}… does not belong to its options and inputs: it was changed by hand. Run the stage again.";
        }
    }

    private static IEnumerable<string> ManifestErrors(Manifest manifest)
    {
        foreach (string fault in KeyErrors(manifest))
        {
            yield return fault;
        }

        foreach (var (name, total) in Manifest.Totals(manifest.Shards!))
        {
            if (manifest.Figures.GetValueOrDefault(name, double.NaN) != total)
            {
                yield return FormattableString.Invariant($"The manifest's figure '{name}' is {manifest.Figures.GetValueOrDefault(name, double.NaN)}, its shards sum to {total}. Run the stage again.");
            }
        }
    }

    private static string? ErrorOf(Store store, ShardEntry shard, out long rows)
    {
        rows = 0;
        string path = store.PathOf(shard);
        if (Store.ErrorOf(path, shard) is { } fault)
        {
            return $"{fault} Run '{store.Manifest.Stage}' as before, and let it repair damaged shards.";
        }

        try
        {
            foreach (int _ in Shards.Read(path, (_, row) => row))
            {
                rows++;
            }
        }
        catch (ArtifactException unreadable)
        {
            return unreadable.Message;
        }

        double expected = shard.Figures.Where(f => f.Key is "pieces" or "blocks" || (store.Manifest.Stage == "split" && f.Key.EndsWith(".pieces", StringComparison.Ordinal))).Sum(f => f.Value);
        return rows == expected ? null : FormattableString.Invariant($"'{path}' holds {rows:N0} rows, its manifest says {expected:N0}. Run '{store.Manifest.Stage}' again.");
    }
}

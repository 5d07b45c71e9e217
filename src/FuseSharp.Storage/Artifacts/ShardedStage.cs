using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Progress;


namespace FuseSharp.Storage.Artifacts;

/// <summary>A data stage's output on top of <see cref="StageDirectory"/>: shards that one machine makes or several share, checked and made again one by one.</summary>
public static class ShardedStage
{
    /// <summary>Makes the shards of a data stage, or this machine's part of them, unless they are there already.</summary>
    /// <param name="output">Where and how.</param>
    /// <param name="key">What decides the contents; the same on every machine that shares the work.</param>
    /// <param name="context">Is told when nothing is to be done; its ranks each make every n-th shard.</param>
    /// <param name="constants">Figures of the manifest that are not sums over shards, such as <c>k</c>.</param>
    /// <param name="work">Writes the shards that <see cref="ShardJournal.Needs"/> asks for.</param>
    /// <returns>The manifest of the finished folder.</returns>
    /// <exception cref="ArtifactException">The disk is full or cannot be written, or another process writes there.</exception>
    public static Manifest Make(StageOutput output, StageKey key, StageContext context, Func<Dictionary<string, double>> constants, Action<ShardJournal> work)
    {
        var (progress, _) = context;
        string folder = output.OwnFolder;
        var team = new RankedStage(context.Ranks, folder, key);
        return team.Make(
            () => Unchanged(output, key, progress) ?? StageDirectory.Fill(folder, key, progress, partial =>
            {
                var shards = new ShardJournal(partial, output, context.Ranks);
                try
                {
                    team.Lead(() => work(shards));
                }
                catch (OperationCanceledException stop)
                {
                    int finished = shards.Complete.Count;
                    throw new StoppedException(FormattableString.Invariant($"Stopped with {finished:N0} shard{(finished == 1 ? "" : "s")} of '{StageDirectory.Name(folder)}' finished; the same command goes on at the next one."), stop.CancellationToken);
                }

                shards.TakeInOtherRanks();
                SayLeftOut(shards, folder, progress);
                return ManifestOf(shards, output, key, constants());
            }),
            partial => work(new ShardJournal(partial, output, context.Ranks)));
    }

    // The output as it stands; null where something of it must be made.
    private static Manifest? Unchanged(StageOutput output, StageKey key, IProgressReporter progress)
    {
        RefuseOtherDivision(output, key);
        string folder = output.OwnFolder;
        if (IsFinished(output, key) is not { } finished)
        {
            return null;
        }

        string[] damaged = output.Repairs ? Reopen(folder, finished, key) : [];
        if (damaged.Length == 0)
        {
            FileLock.Tidy(StageDirectory.LockOf(folder));
            progress.Say($"{StageDirectory.Name(folder)}: up to date{(output.Repairs ? ", all checksums right" : "")}");
            return finished;
        }

        Array.ForEach(damaged, progress.Say);
        return null;
    }

    private static Manifest ManifestOf(ShardJournal shards, StageOutput output, StageKey key, Dictionary<string, double> figures)
    {
        foreach (var (name, value) in Manifest.Totals(shards.Complete))
        {
            figures[name] = value;
        }

        return StageDirectory.ManifestOf(key, new SortedDictionary<string, double>(figures, StringComparer.Ordinal)) with
        {
            Part = output.Part.Count == 1 ? null : output.Part.ToString(),
            Shards = [.. shards.Complete],
        };
    }

    private static Manifest? IsFinished(StageOutput output, StageKey key)
    {
        if (Manifest.ReadOwn(output.OwnFolder) is { } own)
        {
            StageDirectory.Tidy(output.OwnFolder);
            return own.Key == key.Hash ? own : null;
        }

        return PartFolders.Found(output.Folder).Count > 0 && output.Part.Count == 1 ? Manifest.Read(output.Folder) : null;
    }

    // A whole run beside parts, or parts beside a whole run, would leave two outputs in one folder.
    private static void RefuseOtherDivision(StageOutput output, StageKey key)
    {
        bool isOther = output.Part.Count > 1
            ? Manifest.ReadOwn(output.Folder) is not null || PartFolders.Found(output.Folder).Exists(p => p.Part.Count != output.Part.Count)
            : Manifest.ReadOwn(output.Folder) is null && PartFolders.Found(output.Folder).Count > 0 && (output.Repairs || Manifest.Read(output.Folder).Key != key.Hash);
        if (isOther)
        {
            throw new ArtifactException($"'{output.Folder}' holds the output of another division of the work{(output.Repairs ? "; repair the parts as they were made" : "")}. Use the same part as before, another output, or delete it.");
        }

        if (output.Part.Count > 1)
        {
            OutputGuard.CheckShared(output.Folder, key.Paths);
        }
    }

    // Turns a finished folder with damaged shards into one that is being made, of which the whole shards are complete.
    private static string[] Reopen(string folder, Manifest manifest, StageKey key)
    {
        var faults = manifest.Shards!.ToDictionary(s => s, s => Store.ErrorOf(Path.Combine(folder, s.Name), s));
        string[] damaged = [.. faults.Values.OfType<string>().Select(f => $"{f} It is made again.")];
        if (damaged.Length > 0)
        {
            OutputGuard.CheckFolder(folder, key.Stage, key.Paths);
            string partial = StageDirectory.PartialOf(folder);
            folder = OutputGuard.RealPath(folder);
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }

            Durable.WriteText(Path.Combine(folder, ShardJournal.JournalFile), ShardJournal.Journal(faults.Where(f => f.Value is null).Select(f => f.Key)));
            Durable.WriteText(Path.Combine(folder, StageDirectory.KeyFile), key.Hash);
            Directory.Move(folder, partial);
            File.Delete(Path.Combine(partial, Manifest.FileName));
        }

        return damaged;
    }

    private static void SayLeftOut(ShardJournal shards, string folder, IProgressReporter progress)
    {
        int count = shards.Complete.Sum(s => s.LeftOut.Count);
        if (count > 0)
        {
            progress.Say(FormattableString.Invariant($"{StageDirectory.Name(folder)}: {count:N0} documents left out, listed as left_out in its {Manifest.FileName}"));
        }
    }
}

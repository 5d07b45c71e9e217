using FuseSharp.Errors;


namespace FuseSharp.Storage.Artifacts;

/// <summary>The outputs of several machines that shared a stage, taken as one.</summary>
public static class PartFolders
{
    /// <summary>The parts in a folder, in order; none where it is not shared.</summary>
    /// <exception cref="ArtifactException">Some are missing, or they are parts of different divisions.</exception>
    public static List<(MachinePart Part, string Folder)> In(string folder)
    {
        var parts = Found(folder);
        if (parts.Count == 0)
        {
            return parts;
        }

        int count = parts[0].Part.Count;
        if (parts.Find(p => p.Part.Count != count) is { Folder: not null } other)
        {
            throw new ArtifactException($"'{folder}' holds parts of {count} and of {other.Part.Count} machines. Delete the parts of one of them.");
        }

        string[] missing = [.. Enumerable.Range(0, count).Where(i => !parts.Exists(p => p.Part.Index == i && File.Exists(Path.Combine(p.Folder, Manifest.FileName)))).Select(i => new MachinePart(i, count).ToString())];
        return missing.Length == 0 ? parts
            : throw new ArtifactException($"'{folder}' is not complete: {missing.Length} of {count} parts are missing or unfinished ({string.Join(", ", missing.Take(10))}{(missing.Length > 10 ? ", …" : "")}). Run the stage for each of them.");
    }

    /// <summary>Parts that are there, complete or not.</summary>
    public static List<(MachinePart Part, string Folder)> Found(string folder)
        => !Directory.Exists(folder) ? []
            : [.. Directory.EnumerateDirectories(folder).Select(d => (Part: MachinePart.OfFolderName(Path.GetFileName(d)), Folder: d))
                .Where(p => p.Part is not null).Select(p => (Part: p.Part!.Value, p.Folder)).OrderBy(p => p.Part.Count).ThenBy(p => p.Part.Index)];

    /// <summary>The manifest that one machine would have written.</summary>
    public static Manifest Combine(List<(MachinePart Part, string Folder)> parts)
    {
        var manifests = parts.ConvertAll(p => Manifest.ReadOwn(p.Folder)!);
        int stranger = manifests.FindIndex(m => m.Key != manifests[0].Key);
        if (stranger > 0)
        {
            throw new ArtifactException($"'{parts[stranger].Folder}' and '{parts[0].Folder}' were made from different inputs or options. Run both with the same.");
        }

        List<ShardEntry> shards = [.. manifests.SelectMany(m => m.Shards ?? []).OrderBy(s => s.Name, Shards.NameOrder)];
        var sums = Manifest.Totals(shards);
        var ofShards = manifests.SelectMany(m => m.Shards ?? []).SelectMany(s => s.Figures.Keys).ToHashSet();
        foreach (var (name, value) in manifests[0].Figures.Where(f => !ofShards.Contains(f.Key)))
        {
            sums[name] = value;
        }

        return manifests[0] with { Part = null, Shards = shards, Figures = new SortedDictionary<string, double>(sums, StringComparer.Ordinal) };
    }
}

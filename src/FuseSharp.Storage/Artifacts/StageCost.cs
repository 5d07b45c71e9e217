using System.Text.Json;
using FuseSharp.Files;

namespace FuseSharp.Storage.Artifacts;

/// <summary>What making a stage's folder took, <c>cost.json</c> in it.</summary>
/// <remarks>Not in the manifest: equal inputs give equal manifests, but never equal times.</remarks>
/// <param name="Seconds">Wall-clock time of all processes that worked on it; of one that was killed, up to ten seconds are missing.</param>
/// <param name="Sessions">Number of those processes; more than 1 where the work was continued.</param>
/// <param name="PeakBytes">Most memory that one of them held while it worked on the stage, all it held before included.</param>
/// <param name="Machine">Where the last of them ran.</param>
public sealed record StageCost(double Seconds, int Sessions, long PeakBytes, string Machine)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = NoteFiles.Cost;

    /// <summary>Reads it; of the parts of several machines: all their time, the largest memory of one.</summary>
    /// <param name="folder">A stage's finished or partial folder.</param>
    /// <returns>Null where nothing was recorded.</returns>
    public static StageCost? Read(string folder)
    {
        if (ReadOwn(folder) is { } own)
        {
            return own;
        }

        StageCost[] parts = [.. PartFolders.Found(folder).Select(p => ReadOwn(p.Folder)).OfType<StageCost>()];
        return parts.Length == 0 ? null : new(parts.Sum(p => p.Seconds), parts.Sum(p => p.Sessions), parts.Max(p => p.PeakBytes), string.Join("; ", parts.Select(p => p.Machine).Distinct()));
    }

    private static StageCost? ReadOwn(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<StageCost>(File.ReadAllText(path), ArtifactJson.Options) : null;
        }
        catch (JsonException)
        {
            return null; // a note for readers: damaged, it is missing
        }
    }
}

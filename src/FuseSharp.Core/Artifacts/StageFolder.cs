using System.Text.Json;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Progress;

namespace FuseSharp.Core.Artifacts;

/// <summary>Where a stage writes: a half result never looks whole, and work that is done is not done again.</summary>
/// <remarks>
/// Work goes on in <c>NAME.partial</c>, which holds the key of what is being made; when complete it gets its manifest and its final name.
/// A partial folder with the same key is continued, one with another key thrown away; a finished folder with the same key is kept.
/// </remarks>
public static class StageFolder
{
    private const string KeyFile = "key.txt";

    /// <summary>Makes a stage's folder unless it is there already.</summary>
    /// <param name="folder">The final name.</param>
    /// <param name="key">What decides the contents.</param>
    /// <param name="progress">Is told when nothing is to be done.</param>
    /// <param name="work">Fills the partial folder it is given, skipping what stands there complete; returns the manifest's figures.</param>
    /// <returns>The manifest of the finished folder.</returns>
    /// <exception cref="ArtifactException">The disk is full or cannot be written.</exception>
    public static Manifest Make(string folder, StageKey key, IProgressReporter progress, Func<string, Dictionary<string, double>> work)
    {
        if (File.Exists(Path.Combine(folder, Manifest.FileName)) && Manifest.Read(folder) is { } finished && finished.Key == key.Hash)
        {
            progress.Say($"{Name(folder)}: up to date");
            return finished;
        }

        string partial = folder.TrimEnd('/', '\\') + ".partial";
        try
        {
            Prepare(partial, key, progress);
            var figures = work(partial);
            return Finish(folder, partial, key, figures);
        }
        catch (IOException fault) when (IsDiskFull(fault))
        {
            throw new ArtifactException($"The disk of '{folder}' is full. What is finished stays in '{partial}'; free some space and run again.", fault);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new ArtifactException($"'{folder}' cannot be written: {fault.Message} Choose another output folder or change its permissions.", fault);
        }
    }

    private static void Prepare(string partial, StageKey key, IProgressReporter progress)
    {
        string keyFile = Path.Combine(partial, KeyFile);
        if (Directory.Exists(partial))
        {
            if (File.Exists(keyFile) && File.ReadAllText(keyFile) == key.Hash)
            {
                progress.Say($"{Name(partial)}: continued");
                return;
            }

            Directory.Delete(partial, recursive: true);
        }

        Directory.CreateDirectory(partial);
        File.WriteAllText(keyFile, key.Hash);
    }

    private static Manifest Finish(string folder, string partial, StageKey key, Dictionary<string, double> figures)
    {
        var manifest = new Manifest(key.Stage, key.FormatVersion, typeof(StageFolder).Assembly.GetName().Version?.ToString(3) ?? "0", key.Hash, key.Options, key.Inputs, figures);
        File.WriteAllText(Path.Combine(partial, Manifest.FileName), JsonSerializer.Serialize(manifest, ArtifactJson.Options) + "\n");
        File.Delete(Path.Combine(partial, KeyFile));
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.Move(partial, folder);
        return manifest;
    }

    private static bool IsDiskFull(IOException fault) => (fault.HResult & 0xFFFF) is 28 or 112; // ENOSPC, ERROR_DISK_FULL

    private static string Name(string folder)
        => $"{Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(folder)))}/{Path.GetFileName(folder.TrimEnd('/', '\\'))}";
}

using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Files;
using Microsoft.Extensions.FileSystemGlobbing;

namespace FuseSharp.Storage.Texts;

/// <summary>Which files a path of texts stands for, and which of them train, validate and test.</summary>
public static class TextPaths
{
    // What Hugging Face's own loader understands by the names of files and folders.
    private static readonly Dictionary<string, DataSplit> _splitNames = new(StringComparer.Ordinal)
    {
        ["train"] = DataSplit.Train,
        ["training"] = DataSplit.Train,
        ["validation"] = DataSplit.Validation,
        ["valid"] = DataSplit.Validation,
        ["val"] = DataSplit.Validation,
        ["dev"] = DataSplit.Validation,
        ["test"] = DataSplit.Test,
        ["testing"] = DataSplit.Test,
        ["eval"] = DataSplit.Test,
        ["evaluation"] = DataSplit.Test,
    };

    /// <summary>The files, in ordinal order of their names; costs no reading.</summary>
    /// <param name="path">A file, a folder, or a pattern with <c>*</c> (within a name) and <c>**</c> (any folders between).</param>
    /// <exception cref="ArtifactException">Nothing is there, or no text file.</exception>
    public static string[] Files(string path)
    {
        if (File.Exists(path))
        {
            return TextKinds.Recognize(path) != TextKind.Unknown ? [path] : throw new ArtifactException($"'{path}' is not a text file that this program reads. Expected {TextKinds.Names}.");
        }

        if (!Directory.Exists(path) && !path.Contains('*', StringComparison.Ordinal))
        {
            throw new ArtifactException($"There is no file or folder of texts at '{path}'. {MissingPath.Remedy(path)}");
        }

        string[] files = [.. (Directory.Exists(path) ? TextKinds.DataOf(InFolder(path)) : Matching(path).Where(f => TextKinds.Recognize(f) != TextKind.Unknown)).Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw new ArtifactException($"'{path}' holds no {TextKinds.Names} file. Name a folder of texts.");
    }

    /// <summary>The files of a split where the names below a folder tell it (<c>train/…</c>, <c>train-00000-of-00012.parquet</c>); null where none does.</summary>
    /// <exception cref="ArtifactException">Some names tell a split, others do not.</exception>
    public static string[]? FilesOfSplit(string path, DataSplit split)
    {
        if (!Directory.Exists(path))
        {
            return null;
        }

        var files = Array.ConvertAll(Files(path), f => (File: f, Split: SplitOf(Path.GetRelativePath(path, f))));
        if (Array.TrueForAll(files, f => f.Split is null))
        {
            return null;
        }

        return Array.Find(files, f => f.Split is null).File is { } unnamed
            ? throw new ArtifactException($"In '{path}' some names tell a split (train, validation, test), but '{unnamed}' does not. Name the files of each split with 'train:', 'validation:' and 'test:', or all of them as '{Path.Combine(path, "**")}' to split them by hash.")
            : [.. files.Where(f => f.Split == split).Select(f => f.File)];
    }

    /// <summary>Whether there is anything at a path.</summary>
    public static bool Exists(string path)
        => File.Exists(path) || Directory.Exists(path) || (path.Contains('*', StringComparison.Ordinal) && Matching(path).Any());

    // Links to folders are followed to some depth: a link to a folder above must not go on forever.
    private static IEnumerable<string> InFolder(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 16, IgnoreInaccessible = false };
        var saved = new Dictionary<string, HashSet<string>?>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(folder, "*", options))
        {
            string parent = Path.GetDirectoryName(file)!;
            if (!saved.TryGetValue(parent, out var listed))
            {
                saved[parent] = listed = SavedFiles(parent);
            }

            if (listed is null || listed.Contains(Path.GetFileName(file)))
            {
                yield return file;
            }
        }
    }

    // A folder of save_to_disk lists its own files; others in it are caches of earlier work on the data.
    private static HashSet<string>? SavedFiles(string folder)
    {
        string state = Path.Combine(folder, "state.json");
        if (!File.Exists(state) || !File.Exists(Path.Combine(folder, "dataset_info.json")))
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(state));
            return [.. json.RootElement.GetProperty("_data_files").EnumerateArray().Select(f => f.GetProperty("filename").GetString()!)];
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new ArtifactException($"'{state}' does not list the files of a saved dataset: {LibraryErrors.OneLine(fault)} Save the dataset again.", fault);
        }
    }

    private static IEnumerable<string> Matching(string pattern)
    {
        string full = Path.GetFullPath(pattern);
        string root = full[..full.IndexOf('*', StringComparison.Ordinal)];
        root = root[..(root.LastIndexOf(Path.DirectorySeparatorChar) + 1)];
        return Directory.Exists(root) ? new Matcher(StringComparison.Ordinal).AddInclude(full[root.Length..]).GetResultsInFullPath(root) : [];
    }

    /// <summary>The split that a path tells, or null.</summary>
    // The name nearest to the file decides: data/test/part-1.jsonl tests, train/dev.jsonl validates.
    public static DataSplit? SplitOf(string relative)
        => relative.Split(Path.DirectorySeparatorChar).Reverse()
            .Select(name => _splitNames.TryGetValue(name.Split('.', '-', '_')[0], out var split) ? split : (DataSplit?)null).FirstOrDefault(s => s is not null);
}

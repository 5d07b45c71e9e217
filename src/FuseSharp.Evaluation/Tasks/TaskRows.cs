using System.Text;
using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Json;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Evaluation.Tasks;

/// <summary>Reads the rows of benchmarks: .jsonl, .parquet and .arrow as Hugging Face publishes them, and .json files of one array.</summary>
public static class TaskRows
{
    private static readonly TextKind[] _kinds = [TextKind.Json, TextKind.JsonLines, TextKind.Parquet, TextKind.Arrow];

    /// <summary>Reads a split.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="places">Files or folders below it; the first that is there is read.</param>
    /// <param name="split">Name of the split; where no name in the folder tells a split, all files are read.</param>
    /// <param name="rowsKey">For .json files of one object: the key of the rows.</param>
    /// <param name="limit">Most rows, the first ones.</param>
    /// <exception cref="ArtifactException">Nothing is there, or a row is damaged.</exception>
    public static IReadOnlyList<TaskRow> Read(string folder, IReadOnlyList<string> places, string split, string? rowsKey, int limit = int.MaxValue)
    {
        string[] files = Files(folder, places, split);
        return files.Length > 0 ? [.. files.SelectMany(f => Rows(f, rowsKey)).Take(limit).Select((r, i) => new TaskRow(r.Fields, r.Place, i))]
            : throw new ArtifactException($"'{folder}' holds no split '{split}' of {string.Join(" or ", places)}. Expected .json, .jsonl, .parquet or .arrow files named by their split, as Hugging Face publishes them.");
    }

    /// <summary>The files of a split; none where it is not there.</summary>
    internal static string[] Files(string folder, IReadOnlyList<string> places, string split)
    {
        foreach (string path in places.Select(p => Path.Combine(folder, p)))
        {
            if (File.Exists(path))
            {
                return [path];
            }

            if (Directory.Exists(path))
            {
                var files = Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 8 })
                    .Where(f => _kinds.Contains(TextKinds.Recognize(f))).Order(StringComparer.Ordinal)
                    .Select(f => (File: f, Split: TextPaths.SplitOf(Path.GetRelativePath(path, f)))).ToArray();
                var wanted = TextPaths.SplitOf(split);
                return [.. files.Where(f => f.Split == wanted || Array.TrueForAll(files, other => other.Split is null)).Select(f => f.File)];
            }
        }

        return [];
    }

    private static IEnumerable<(JsonElement Fields, string Place)> Rows(string file, string? rowsKey)
        => TextKinds.Recognize(file) switch
        {
            TextKind.Json => Whole(file, rowsKey),
            TextKind.JsonLines => PlainTexts.Lines(file).Select(l => (Parse(l.Error is null ? Encoding.UTF8.GetBytes(l.Text) : throw new ArtifactException($"{l.Place} {l.Error}"), l.Place), l.Place)),
            TextKind.Parquet => ParquetTexts.Rows(file).Select((r, i) => (Parse(r, file), FormattableString.Invariant($"{file}:row {i + 1}"))),
            _ => ArrowTexts.Rows(file).Select((r, i) => (Parse(r, file), FormattableString.Invariant($"{file}:row {i + 1}"))),
        };

    private static IEnumerable<(JsonElement Fields, string Place)> Whole(string file, string? rowsKey)
    {
        var root = JsonLinesTexts.Whole(file);
        var rows = rowsKey is not null && JsonRows.Field(root, rowsKey) is { } inner ? inner : root;
        return rows.ValueKind == JsonValueKind.Array ? rows.EnumerateArray().Select((r, i) => (r, FormattableString.Invariant($"{file}:row {i + 1}")))
            : throw new ArtifactException($"'{file}' holds no array of rows{(rowsKey is null ? "" : $" under '{rowsKey}'")}. Name the data that the task was defined for.");
    }

    private static JsonElement Parse(byte[] json, string place)
        => LibraryErrors.Guard(() => JsonRows.Parse(json), (reason, fault) => new ArtifactException($"{place} is not JSON: {reason} Get the file again.", fault));
}

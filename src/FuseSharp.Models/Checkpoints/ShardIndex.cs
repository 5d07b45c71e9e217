using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Files;

namespace FuseSharp.Models.Checkpoints;

/// <summary>The index of a checkpoint in several files: which file holds which tensor.</summary>
internal static class ShardIndex
{
    private const long LargestFile = 256L << 20;

    /// <summary>Reads an index.</summary>
    /// <param name="path">Such as <c>model.safetensors.index.json</c>; its shards lie beside it.</param>
    /// <param name="ending">What shards end in: <c>.safetensors</c> or <c>.bin</c>.</param>
    /// <returns>Names of tensors by the path of their file, in ordinal order of the files.</returns>
    /// <exception cref="ModelException">It is damaged, or names what is no shard in this folder.</exception>
    public static SortedDictionary<string, HashSet<string>> Read(string path, string ending)
    {
        string folder = Path.GetDirectoryName(path)!;
        var shards = new SortedDictionary<string, HashSet<string>>(StringComparer.Ordinal);
        try
        {
            byte[] bytes = BoundedFile.Read(path, LargestFile) ?? throw new JsonException("it is larger than any index.");
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 16 });
            foreach (var entry in json.RootElement.GetProperty("weight_map").EnumerateObject())
            {
                string shard = entry.Value.GetString() ?? "";
                // A plain name with the right ending: neither a way out of the folder nor another index, which could point back here.
                string file = Path.GetFileName(shard) == shard && shard.EndsWith(ending, StringComparison.Ordinal) && File.Exists(Path.Combine(folder, shard))
                    ? Path.Combine(folder, shard)
                    : throw new ModelException($"'{path}' says tensor '{entry.Name}' is in '{shard}', expected a *{ending} file in the same folder. Get the missing file.");
                if (!shards.TryGetValue(file, out var names))
                {
                    shards.Add(file, names = new HashSet<string>(StringComparer.Ordinal));
                }

                if (!names.Add(entry.Name) || shards.Any(s => s.Key != file && s.Value.Contains(entry.Name)))
                {
                    throw new ModelException($"'{path}' names tensor '{entry.Name}' twice, expected once. Get the file again.");
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or IOException)
        {
            throw new ModelException($"'{path}' is not an index of shards: {fault.Message.ReplaceLineEndings(" ")} Get the file again.", fault);
        }

        return shards.Count > 0 ? shards : throw new ModelException($"'{path}' names no shards, expected at least one. Get the file again.");
    }

    /// <summary>Writes an index.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="totalBytes">Of all tensors.</param>
    /// <param name="shards">Names of tensors by the name of their file.</param>
    public static void Write(string path, long totalBytes, IEnumerable<(string File, IEnumerable<string> Names)> shards)
    {
        var map = new JsonObject();
        foreach (var (name, file) in shards.SelectMany(s => s.Names.Select(n => (n, s.File))).OrderBy(e => e.n, StringComparer.Ordinal))
        {
            map[name] = file;
        }

        var index = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = totalBytes }, ["weight_map"] = map };
        File.WriteAllText(path, index.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");
    }
}

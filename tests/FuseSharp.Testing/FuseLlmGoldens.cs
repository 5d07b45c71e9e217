using System.IO.Compression;
using System.Text.Json;

namespace FuseSharp.Testing;

/// <summary>Reads what the FuseLLM reference answers (<c>fusellm</c> of the goldens).</summary>
public static class FuseLlmGoldens
{
    /// <summary>A golden's path.</summary>
    public static string Path(params string[] parts) => GoldenSet.Path(["fusellm", .. parts]);

    /// <summary>The lines of a JSONL file, plain or gzipped.</summary>
    public static IEnumerable<JsonElement> Lines(params string[] parts)
    {
        using var reader = new StreamReader(Open(Path(parts)));
        while (reader.ReadLine() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }

    /// <summary>A JSON object of strings, plain or gzipped.</summary>
    public static Dictionary<string, string> Strings(params string[] parts) => StringsOf(Path(parts));

    /// <summary>A JSON object of strings in any file.</summary>
    public static Dictionary<string, string> StringsOf(string path)
    {
        using var stream = Open(path);
        return JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!;
    }

    /// <summary>An array of whole numbers.</summary>
    public static int[] Integers(this JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(e => e.GetInt32())];

    /// <summary>An array of arrays of whole numbers.</summary>
    public static int[][] IntegerRows(this JsonElement element, string name)
        => [.. element.GetProperty(name).EnumerateArray().Select(row => row.EnumerateArray().Select(e => e.GetInt32()).ToArray())];

    /// <summary>An array of arrays of numbers.</summary>
    public static float[][] NumberRows(this JsonElement element, string name)
        => [.. element.GetProperty(name).EnumerateArray().Select(row => row.EnumerateArray().Select(e => e.GetSingle()).ToArray())];

    private static Stream Open(string path)
        => path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(File.OpenRead(path), CompressionMode.Decompress) : File.OpenRead(path);
}

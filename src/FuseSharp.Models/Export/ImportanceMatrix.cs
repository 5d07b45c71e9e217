using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Export;

/// <summary>How much each column of each matrix matters: the mean square of what comes into it, as llama.cpp's <c>llama-imatrix</c> measures it on texts. What matters is then rounded less.</summary>
/// <param name="Path">The file.</param>
/// <param name="Columns">Numbers by the matrix's name in llama.cpp, those of experts one after the other.</param>
public sealed record ImportanceMatrix(string Path, IReadOnlyDictionary<string, float[]> Columns)
{
    private const long LargestFile = 1L << 30;
    private const int MostEntries = 1 << 20;
    private const int LongestName = 1024;
    private const string Sums = ".in_sum2";
    private const string Counts = ".counts";

    /// <summary>Reads a file of either format: GGUF, or the older one without a name (imatrix.dat).</summary>
    /// <param name="path">The file, at most 1 GiB.</param>
    /// <exception cref="ModelException">It is none, or damaged.</exception>
    public static ImportanceMatrix Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new ModelException($"There is no importance matrix at '{path}'. {MissingPath.Remedy(path)}");
        }

        byte[] bytes = BoundedFile.Read(path, LargestFile) ?? throw Error(path, FormattableString.Invariant($"has more than {LargestFile >> 30} GiB"));
        var columns = bytes.AsSpan().StartsWith("GGUF"u8) ? FromGguf(path, bytes) : FromEntries(path, bytes);
        return columns.Count == 0 ? throw Error(path, "has no entry")
            : columns.FirstOrDefault(c => Array.Exists(c.Value, v => !float.IsFinite(v))).Key is { } broken ? throw Error(path, $"has NaN or infinity for '{broken}'")
            : new ImportanceMatrix(path, columns);
    }

    // Of each matrix the sums of squares, [experts, columns], and how many rows they are of, [experts, 1].
    private static Dictionary<string, float[]> FromGguf(string path, byte[] bytes)
    {
        var tensors = GgufFile.Read(path).Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        var columns = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var (name, tensor) in tensors.Where(t => t.Key.EndsWith(Sums, StringComparison.Ordinal)))
        {
            string matrix = name[..^Sums.Length];
            var counts = tensors.GetValueOrDefault(matrix + Counts) ?? throw Error(path, $"has '{name}' without '{matrix}{Counts}'");
            float[] sums = NumbersOf(path, tensor, bytes);
            float[] rows = NumbersOf(path, counts, bytes);
            if (rows.Length == 0 || sums.Length % rows.Length != 0)
            {
                throw Error(path, FormattableString.Invariant($"has {sums.Length} sums and {rows.Length} counts for '{matrix}'"));
            }

            // An expert that no token came to: all its columns matter the same, as llama.cpp has it.
            int width = sums.Length / rows.Length;
            columns.Add(matrix, [.. sums.Select((s, i) => rows[i / width] > 0 ? s / rows[i / width] : 1)]);
        }

        return columns;
    }

    private static float[] NumbersOf(string path, GgufTensor tensor, byte[] bytes)
        => tensor.Type != GgufType.F32 ? throw Error(path, $"has '{tensor.Name}' in {tensor.Type}, expected F32")
            : tensor.Path.Length > 0 && tensor.Path != path ? throw Error(path, "is split into several files")
            : MemoryMarshal.Cast<byte, float>(bytes.AsSpan(checked((int)tensor.Start), checked((int)tensor.ByteCount))).ToArray();

    // How many entries; of each one its name, how many chunks of text it is of, and the sums of their means.
    private static Dictionary<string, float[]> FromEntries(string path, byte[] bytes)
    {
        int at = 0;
        int Whole(string what, int most)
            => bytes.Length - at >= 4 && BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at)) is var number && number >= 0 && number <= most && (at += 4) > 0 ? number
                : throw Error(path, $"has no fitting {what} at byte {at}");
        var columns = new Dictionary<string, float[]>(StringComparer.Ordinal);
        for (int left = Whole("number of entries", MostEntries); left > 0; left--)
        {
            int length = Whole("length of a name", LongestName);
            string name = bytes.Length - at >= length ? Encoding.UTF8.GetString(bytes, at, length) : throw Error(path, "ends within a name");
            at += length;
            int calls = Whole("number of chunks", int.MaxValue);
            int count = Whole("number of columns", (bytes.Length - at) / 4);
            if (count > (bytes.Length - at) / 4)
            {
                throw Error(path, $"ends within '{LibraryErrors.OneLine(name)}'");
            }

            columns[name] = [.. MemoryMarshal.Cast<byte, float>(bytes.AsSpan(at, 4 * count)).ToArray().Select(v => calls > 0 ? v / calls : v)];
            at += 4 * count;
        }

        return columns;
    }

    private static ModelException Error(string path, string what) => new($"'{path}' {what}: it is no importance matrix. Expected a file of llama.cpp's llama-imatrix, GGUF or .dat.");
}

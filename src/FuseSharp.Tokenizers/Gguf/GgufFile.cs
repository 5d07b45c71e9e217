using System.Collections.Concurrent;
using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Gguf;

/// <summary>What stands before the weights of a GGUF file: metadata and the list of tensors.</summary>
/// <remarks>Versions 2 and 3, little-endian: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Every count and length is compared with the bytes
/// that are left before memory is taken for it.</remarks>
public sealed class GgufFile
{
    private readonly Dictionary<string, object> _metadata;
    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.Ordinal);

    private GgufFile(string path, Dictionary<string, object> metadata, IReadOnlyList<GgufTensor> tensors)
    {
        Path = path;
        _metadata = metadata;
        Tensors = tensors;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The tensors in the order of the file or files; their ranges lie inside it and do not overlap.</summary>
    public IReadOnlyList<GgufTensor> Tensors { get; }

    /// <summary>Whether a path names a GGUF file: an existing file that ends in .gguf.</summary>
    public static bool IsGguf(string path) => path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && File.Exists(path);

    /// <summary>Reads everything but the weights.</summary>
    /// <param name="path">The file, or the first of a split model's, beside which the others lie.</param>
    /// <exception cref="ModelException">The file is no such file, truncated, damaged, or of a version or number type that is not known, or another part is missing.</exception>
    public static GgufFile Read(string path)
    {
        var (metadata, tensors) = ReadHead(path);
        return new GgufFile(path, metadata, [.. tensors, .. GgufParts.Others(path, metadata, tensors)]);
    }

    /// <summary>Reads one file.</summary>
    internal static (Dictionary<string, object> Metadata, List<GgufTensor> Tensors) ReadHead(string path)
    {
        if (LfsPointer.Is(path))
        {
            throw new ModelException($"'{path}' {LfsPointer.Message}");
        }

        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            return new GgufReader(stream, path).Read();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"'{path}' cannot be read: {fault.Message} Expected a GGUF file. Check the path and its rights.", fault);
        }
    }

    /// <summary>A whole number of the metadata.</summary>
    /// <exception cref="ModelException">It is missing without an alternative, or no such number.</exception>
    public long Number(string key, long? otherwise = null)
        => Find(key) switch
        {
            long number => number,
            null when otherwise is { } value => value,
            var other => throw Unfit(key, other, "a whole number"),
        };

    /// <summary>A whole number of the metadata that may also be given for each block, if all blocks have the same.</summary>
    /// <exception cref="ModelException">It is missing without an alternative, no such number, or blocks differ.</exception>
    public long NumberOfBlocks(string key, long? otherwise = null)
        => Find(key) is not double[] each ? Number(key, otherwise)
            : each.Length > 0 && Array.TrueForAll(each, n => n == each[0]) && each[0] == Math.Floor(each[0]) ? (long)each[0]
            : throw Error($"has another '{key}' in each block, which is not supported", "Take a model whose blocks are alike.");

    /// <summary>A number of the metadata.</summary>
    /// <exception cref="ModelException">It is missing without an alternative, or no number.</exception>
    public double Real(string key, double? otherwise = null)
        => Find(key) switch
        {
            double number when double.IsFinite(number) => number,
            long number => number,
            null when otherwise is { } value => value,
            var other => throw Unfit(key, other, "a number"),
        };

    /// <summary>A boolean of the metadata, null where it is missing.</summary>
    /// <exception cref="ModelException">It is something else.</exception>
    public bool? Flag(string key) => Find(key) switch { null => null, bool flag => flag, var other => throw Unfit(key, other, "true or false") };

    /// <summary>A text of the metadata, null where it is missing.</summary>
    /// <exception cref="ModelException">It is something else.</exception>
    public string? Text(string key) => Find(key) switch { null => null, string text => text, var other => throw Unfit(key, other, "a text") };

    /// <summary>A list of texts, null where it is missing.</summary>
    /// <exception cref="ModelException">It is something else.</exception>
    public string[]? Texts(string key) => Find(key) switch { null => null, string[] texts => texts, var other => throw Unfit(key, other, "a list of texts") };

    /// <summary>A list of numbers, null where it is missing.</summary>
    /// <exception cref="ModelException">It is something else.</exception>
    public double[]? Numbers(string key) => Find(key) switch { null => null, double[] numbers => numbers, var other => throw Unfit(key, other, "a list of numbers") };

    /// <summary>Whether a key of the metadata has a list of numbers.</summary>
    /// <param name="key">Its name.</param>
    public bool IsList(string key) => Find(key) is double[];

    /// <summary>A fault of this file.</summary>
    /// <param name="what">What was found and what was expected, behind the file's name.</param>
    public ModelException Error(string what) => Error(what, "Get the file again, or take one that was converted with a current llama.cpp.");

    /// <summary>A fault of this file, or that it is whole and of a kind that is not supported.</summary>
    /// <param name="what">What was found and what was expected, after the file's name, without a full stop.</param>
    /// <param name="remedy">What to do, with one.</param>
    public ModelException Error(string what, string remedy) => new($"'{Path}' {what}. {remedy}");

    /// <summary>Keys of the metadata that nobody has asked for.</summary>
    public IEnumerable<string> Unasked => _metadata.Keys.Where(k => !_asked.ContainsKey(k));

    private object? Find(string key)
    {
        _asked.TryAdd(key, true);
        return _metadata.GetValueOrDefault(key);
    }

    private ModelException Unfit(string key, object? found, string expected)
        => Error(found is null ? $"lacks the metadata '{key}', expected {expected}" : $"has other metadata '{key}' than expected, {expected}");
}

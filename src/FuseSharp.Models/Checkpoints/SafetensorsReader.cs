using System.Buffers.Binary;
using System.Text.Json;
using FuseSharp.Errors;
using static TorchSharp.torch;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Reads the tensors of one safetensors file through a memory map, one at a time.</summary>
/// <remarks>The header is checked whole before the first tensor is read: every range lies inside the file, fits its shape, and none overlap.</remarks>
public sealed class SafetensorsReader : ITensorSource
{
    // Hugging Face's own reader refuses larger headers.
    private const long LargestHeader = 100_000_000;

    // PyTorch's own limit is 64; no weight has more than five dimensions.
    private const int MostDimensions = 16;

    private readonly MappedFile _file;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="ModelException">The file is missing, truncated, or its header does not describe it.</exception>
    public SafetensorsReader(string path)
    {
        _file = new MappedFile(path);
        try
        {
            ReadHeader();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(string name) => _entries[name].Shape;

    /// <inheritdoc/>
    public void CopyTo(string name, Tensor destination) => TensorChunks.Fill(_file, _entries[name].Start, TypeOf(name, destination), destination);

    /// <summary>Reads some of a tensor's numbers.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="first">The first of them, counted through the tensor; all lie inside it.</param>
    /// <param name="destination">Flat.</param>
    public void CopyRange(string name, long first, Tensor destination)
    {
        var entry = _entries[name];
        var type = TypeOf(name, destination);
        long start = entry.Start + (first * SafetensorsType.SizeOf(type));
        if (destination.device_type == TorchSharp.DeviceType.CPU)
        {
            TensorChunks.Fill(_file, start, type, destination);
            return;
        }

        using var here = empty(destination.shape, destination.dtype);
        TensorChunks.Fill(_file, start, type, here);
        destination.copy_(here);
    }

    /// <summary>Copies a tensor out, in its stored type, on the CPU; owned by the caller.</summary>
    public Tensor Read(string name)
    {
        var entry = _entries[name];
        var result = empty(entry.Shape, entry.Type);
        CopyTo(name, result);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // Whole numbers where weights belong are packed or mislabelled ones.
    private ScalarType TypeOf(string name, Tensor destination)
        => _entries[name].Type is var type && destination.is_floating_point() && type is ScalarType.Int64 or ScalarType.Int32 or ScalarType.Int16 or ScalarType.Int8 or ScalarType.Byte or ScalarType.Bool
            ? throw new ModelException($"'{Path}' stores tensor '{LibraryErrors.OneLine(name)}' as whole numbers ({SafetensorsType.NameOf(type)}), expected weights of a float type. Quantized checkpoints are not read: take the model in F32, F16 or BF16.") : _entries[name].Type;

    private void ReadHeader()
    {
        if (LfsPointer.Is(Path))
        {
            throw new ModelException($"'{Path}' {LfsPointer.Message}");
        }

        if (_file.Length < 8)
        {
            throw Error(FormattableString.Invariant($"has {_file.Length} bytes, expected at least the 8 of a header's length"));
        }

        long headerLength = BinaryPrimitives.ReadInt64LittleEndian(_file.ReadBytes(0, 8));
        if (headerLength < 2 || headerLength > Math.Min(LargestHeader, _file.Length - 8))
        {
            throw Error(FormattableString.Invariant($"says its header has {headerLength} bytes, expected at most {Math.Min(LargestHeader, _file.Length - 8)}"));
        }

        try
        {
            using var header = JsonDocument.Parse(_file.ReadBytes(8, (int)headerLength), new JsonDocumentOptions { MaxDepth = 8 });
            foreach (var property in header.RootElement.EnumerateObject())
            {
                if (property.Name != "__metadata__")
                {
                    Add(property.Name, property.Value, 8 + headerLength);
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Error($"has a header that is not as safetensors writes it ({fault.Message.ReplaceLineEndings(" ")})");
        }

        long end = 8 + headerLength;
        foreach (var (name, entry) in _entries.Where(e => e.Value.End > e.Value.Start).OrderBy(e => e.Value.Start)) // an empty tensor may lie anywhere
        {
            if (entry.Start < end)
            {
                throw Error($"lets tensor '{name}' overlap another one");
            }

            end = entry.End;
        }
    }

    private void Add(string name, JsonElement value, long dataStart)
    {
        string typeName = value.GetProperty("dtype").GetString() ?? "";
        var type = SafetensorsType.Find(typeName) ?? throw new ModelException($"'{Path}' holds tensor '{LibraryErrors.OneLine(name)}' of type {LibraryErrors.OneLine(typeName)}, which is not supported; {SafetensorsType.Known} are. Take the model in one of these: quantized checkpoints (FP8, GPTQ, AWQ, bitsandbytes) are not read.");
        long[] shape = [.. value.GetProperty("shape").EnumerateArray().Take(MostDimensions + 1).Select(d => d.GetInt64())];
        long[] offsets = [.. value.GetProperty("data_offsets").EnumerateArray().Take(3).Select(d => d.GetInt64())];
        long held = _file.Length - dataStart;
        var bytes = shape.Aggregate((Int128)SafetensorsType.SizeOf(type), (product, d) => d < 0 || product > held ? held + (Int128)1 : product * d);
        if (shape.Length > MostDimensions || offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > held || bytes != offsets[1] - offsets[0])
        {
            throw Error(FormattableString.Invariant($"gives tensor '{name}' the shape [{string.Join(", ", shape)}] and the bytes {string.Join("–", offsets)} of {held}, which do not fit"));
        }

        if (!_entries.TryAdd(name, new Entry(type, shape, dataStart + offsets[0], dataStart + offsets[1])))
        {
            throw Error($"names tensor '{name}' twice");
        }
    }

    private ModelException Error(string what) => new($"'{Path}' {what}: it is truncated or damaged. Get the file again.");

    private sealed record Entry(ScalarType Type, long[] Shape, long Start, long End);
}

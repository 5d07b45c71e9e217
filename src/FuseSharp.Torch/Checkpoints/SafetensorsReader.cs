using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text.Json;
using FuseSharp.Core.Errors;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Checkpoints;

/// <summary>Reads the tensors of one safetensors file through a memory map, one at a time.</summary>
/// <remarks>The header is checked whole before the first tensor is read: every range lies inside the file, fits its shape, and none overlap.</remarks>
public sealed class SafetensorsReader : IDisposable
{
    // Hugging Face's own reader refuses larger headers.
    private const long LargestHeader = 100_000_000;

    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="ModelException">The file is truncated or its header does not describe it.</exception>
    public SafetensorsReader(string path)
    {
        _path = path;
        long length = new FileInfo(path).Length;
        if (length < 8)
        {
            throw Fault($"has {length} bytes, fewer than the 8 of a header's length");
        }

        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        try
        {
            ReadHeader(length);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Names of the tensors.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>Shape of a tensor, which <see cref="Names"/> holds.</summary>
    public IReadOnlyList<long> ShapeOf(string name) => _entries[name].Shape;

    /// <summary>Copies a tensor out, in its stored type, on the CPU; owned by the caller.</summary>
    public unsafe Tensor Read(string name)
    {
        var entry = _entries[name];
        var result = empty(entry.Shape, entry.Type);
        byte* map = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref map);
        try
        {
            new Span<byte>(map + entry.Start, checked((int)(entry.End - entry.Start))).CopyTo(result.bytes);
        }
        finally
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private void ReadHeader(long length)
    {
        byte[] size = new byte[8];
        _view.ReadArray(0, size, 0, 8);
        long headerLength = BinaryPrimitives.ReadInt64LittleEndian(size);
        if (headerLength < 2 || headerLength > Math.Min(LargestHeader, length - 8))
        {
            throw Fault($"says its header has {headerLength:N0} bytes, the file has {length:N0}");
        }

        byte[] json = new byte[headerLength];
        _view.ReadArray(8, json, 0, json.Length);
        try
        {
            using var header = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            foreach (var property in header.RootElement.EnumerateObject().Where(p => p.Name != "__metadata__"))
            {
                Add(property.Name, property.Value, 8 + headerLength, length);
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Fault($"has a header that is not as safetensors writes it ({fault.Message})");
        }

        long end = 8 + headerLength;
        foreach (var (name, entry) in _entries.OrderBy(e => e.Value.Start))
        {
            if (entry.Start < end)
            {
                throw Fault($"lets tensor '{name}' overlap another one");
            }

            end = entry.End;
        }
    }

    private void Add(string name, JsonElement value, long dataStart, long length)
    {
        string typeName = value.GetProperty("dtype").GetString() ?? "";
        var type = SafetensorsType.Of(typeName) ?? throw Fault($"holds tensor '{name}' of type {typeName}, expected F32, F16, BF16 or I64");
        long[] shape = [.. value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
        long[] offsets = [.. value.GetProperty("data_offsets").EnumerateArray().Select(d => d.GetInt64())];
        long elementSize = type switch { ScalarType.Float32 => 4, ScalarType.Int64 => 8, _ => 2 };
        var bytes = shape.Aggregate((Int128)elementSize, (product, d) => d < 0 || product > length ? length + 1 : product * d);
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > length - dataStart || bytes != offsets[1] - offsets[0])
        {
            throw Fault($"gives tensor '{name}' the shape [{string.Join(", ", shape)}] and the bytes {string.Join("–", offsets)} of {length - dataStart:N0}, which do not fit");
        }

        if (!_entries.TryAdd(name, new Entry(type, shape, dataStart + offsets[0], dataStart + offsets[1])))
        {
            throw Fault($"names tensor '{name}' twice");
        }
    }

    private ModelException Fault(string what) => new($"'{_path}' {what}: it is truncated or damaged. Get the file again.");

    private sealed record Entry(ScalarType Type, long[] Shape, long Start, long End);
}

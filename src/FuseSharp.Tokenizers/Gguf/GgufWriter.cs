using System.Text;
using FuseSharp.Files;

namespace FuseSharp.Tokenizers.Gguf;

/// <summary>Writes a GGUF file of version 3, tensor by tensor; it appears under its name when it is complete.</summary>
public sealed class GgufWriter
{
    private const uint Magic = 0x46554747;
    private const uint Version = 3;
    private const int Alignment = 32; // the format's default

    private readonly List<(string Key, Action<BinaryWriter> Write)> _pairs = [];

    /// <summary>Adds a text.</summary>
    public GgufWriter Text(string key, string value) => Pair(key, 8, w => WriteText(w, value));

    /// <summary>Adds a uint32.</summary>
    public GgufWriter Number(string key, long value) => Pair(key, 4, w => w.Write(checked((uint)value)));

    /// <summary>Adds a float32.</summary>
    public GgufWriter Real(string key, double value) => Pair(key, 6, w => w.Write((float)value));

    /// <summary>Adds true or false.</summary>
    public GgufWriter Flag(string key, bool value) => Pair(key, 7, w => w.Write(value));

    /// <summary>Adds a list of texts.</summary>
    public GgufWriter Texts(string key, IReadOnlyList<string> values) => List(key, 8, values, WriteText);

    /// <summary>Adds a list of float32.</summary>
    public GgufWriter Reals(string key, IReadOnlyList<float> values) => List(key, 6, values, (w, v) => w.Write(v));

    /// <summary>Adds a list of int32.</summary>
    public GgufWriter Numbers(string key, IReadOnlyList<int> values) => List(key, 5, values, (w, v) => w.Write(v));

    /// <summary>Writes the file.</summary>
    /// <param name="path">Its final name.</param>
    /// <param name="tensors">Name, shape (outermost dimension first) and type.</param>
    /// <param name="write">Writes the numbers of the tensor of an index, as many bytes as its type takes.</param>
    public void Write(string path, IReadOnlyList<(string Name, IReadOnlyList<long> Shape, GgufType Type)> tensors, Action<int, Stream> write)
    {
        using (var stream = new FileStream(path + Durable.PartialSuffix, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
            {
                WriteHead(writer, tensors);
            }

            for (int i = 0; i < tensors.Count; i++)
            {
                Pad(stream);
                long start = stream.Position;
                write(i, stream);
                if (stream.Position - start != ByteCount(tensors[i].Shape, tensors[i].Type))
                {
                    throw new InvalidOperationException($"Tensor '{tensors[i].Name}' was written with another length than its shape has.");
                }
            }

            Pad(stream);
            stream.Flush(flushToDisk: true);
        }

        Durable.Publish(path);
    }

    private static long ByteCount(IReadOnlyList<long> shape, GgufType type)
    {
        var (elements, bytes) = GgufBlocks.SizeOf(type);
        return shape.Aggregate(1L, (product, d) => product * d) / elements * bytes;
    }

    private void WriteHead(BinaryWriter writer, IReadOnlyList<(string Name, IReadOnlyList<long> Shape, GgufType Type)> tensors)
    {
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)_pairs.Count);
        foreach (var (key, write) in _pairs)
        {
            WriteText(writer, key);
            write(writer);
        }

        ulong offset = 0;
        foreach (var (name, shape, type) in tensors)
        {
            WriteText(writer, name);
            writer.Write((uint)shape.Count);
            foreach (long size in shape.Reverse())
            {
                writer.Write((ulong)size);
            }

            writer.Write((uint)type);
            writer.Write(offset);
            offset += (ulong)(ByteCount(shape, type) + Alignment - 1) / Alignment * Alignment;
        }
    }

    private GgufWriter Pair(string key, uint type, Action<BinaryWriter> value)
    {
        void Write(BinaryWriter writer)
        {
            writer.Write(type);
            value(writer);
        }

        _pairs.Add((key, Write));
        return this;
    }

    private GgufWriter List<T>(string key, uint type, IReadOnlyList<T> values, Action<BinaryWriter, T> write)
        => Pair(key, 9, w =>
        {
            w.Write(type);
            w.Write((ulong)values.Count);
            foreach (var value in values)
            {
                write(w, value);
            }
        });

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void Pad(Stream stream)
    {
        while (stream.Position % Alignment != 0)
        {
            stream.WriteByte(0);
        }
    }
}

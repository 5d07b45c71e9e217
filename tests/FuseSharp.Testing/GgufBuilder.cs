using System.Text;

namespace FuseSharp.Testing;

/// <summary>Writes small GGUF files, right ones and wrong ones.</summary>
public sealed class GgufBuilder
{
    private readonly List<byte[]> _pairs = [];
    private readonly List<(string Name, ulong[] Shape, uint Type, byte[] Data, ulong? Offset)> _tensors = [];

    /// <summary>Replaces the number of metadata pairs that the head tells.</summary>
    public ulong? PairCount { get; set; }

    /// <summary>Replaces the number of tensors that the head tells.</summary>
    public ulong? TensorCount { get; set; }

    /// <summary>Adds a text.</summary>
    public GgufBuilder Text(string key, string value) => Pair(key, 8, w => Write(w, value));

    /// <summary>Adds a uint32.</summary>
    public GgufBuilder Number(string key, uint value) => Pair(key, 4, w => w.Write(value));

    /// <summary>Adds a float32.</summary>
    public GgufBuilder Real(string key, float value) => Pair(key, 6, w => w.Write(value));

    /// <summary>Adds a boolean.</summary>
    public GgufBuilder Flag(string key, bool value) => Pair(key, 7, w => w.Write(value));

    /// <summary>Adds a list of texts.</summary>
    public GgufBuilder Texts(string key, params string[] values)
        => Pair(key, 9, w =>
        {
            w.Write(8u);
            w.Write((ulong)values.Length);
            foreach (string value in values)
            {
                Write(w, value);
            }
        });

    /// <summary>Adds a list of float32.</summary>
    public GgufBuilder Reals(string key, params float[] values)
        => Pair(key, 9, w =>
        {
            w.Write(6u);
            w.Write((ulong)values.Length);
            Array.ForEach(values, w.Write);
        });

    /// <summary>Adds a list of int32.</summary>
    public GgufBuilder Numbers(string key, params int[] values)
        => Pair(key, 9, w =>
        {
            w.Write(5u);
            w.Write((ulong)values.Length);
            Array.ForEach(values, w.Write);
        });

    /// <summary>Adds a pair with a value of any type and content.</summary>
    public GgufBuilder Pair(string key, uint type, Action<BinaryWriter> value)
    {
        _pairs.Add(Bytes(w =>
        {
            Write(w, key);
            w.Write(type);
            value(w);
        }));
        return this;
    }

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Outermost dimension first.</param>
    /// <param name="type">Number of the type.</param>
    /// <param name="data">Its bytes.</param>
    /// <param name="offset">Replaces the right offset.</param>
    public GgufBuilder Tensor(string name, ulong[] shape, uint type, byte[] data, ulong? offset = null)
    {
        _tensors.Add((name, shape, type, data, offset));
        return this;
    }

    /// <summary>Adds a tensor of float32.</summary>
    public GgufBuilder Tensor(string name, ulong[] shape, float[] data)
    {
        byte[] bytes = new byte[4 * data.Length];
        Buffer.BlockCopy(data, 0, bytes, 0, bytes.Length);
        return Tensor(name, shape, 0, bytes);
    }

    /// <summary>The file.</summary>
    public byte[] Build()
        => Bytes(w =>
        {
            w.Write("GGUF"u8);
            w.Write(3u);
            w.Write(TensorCount ?? (ulong)_tensors.Count);
            w.Write(PairCount ?? (ulong)_pairs.Count);
            _pairs.ForEach(w.Write);
            ulong offset = 0;
            foreach (var (name, shape, type, data, wrong) in _tensors)
            {
                Write(w, name);
                w.Write((uint)shape.Length);
                Array.ForEach([.. shape.Reverse()], w.Write);
                w.Write(type);
                w.Write(wrong ?? offset);
                offset += ((ulong)data.Length + 31) / 32 * 32;
            }

            foreach (var tensor in _tensors)
            {
                Pad(w);
                w.Write(tensor.Data);
            }

            Pad(w);
        });

    /// <summary>The files of a split model: the first has the metadata, tensors go to each in turn.</summary>
    /// <param name="count">How many.</param>
    public byte[][] BuildParts(int count)
        => [.. Enumerable.Range(0, count).Select(part =>
        {
            var builder = new GgufBuilder();
            builder._pairs.AddRange(part == 0 ? _pairs : []);
            builder.Number("split.no", (uint)part).Number("split.count", (uint)count).Number("split.tensors.count", (uint)_tensors.Count);
            builder._tensors.AddRange(_tensors.Where((_, i) => i % count == part));
            return builder.Build();
        })];

    private static void Pad(BinaryWriter writer) => writer.Write(new byte[(32 - (int)(writer.BaseStream.Position % 32)) % 32]);

    private static void Write(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        write(writer);
        writer.Flush();
        return stream.ToArray();
    }
}

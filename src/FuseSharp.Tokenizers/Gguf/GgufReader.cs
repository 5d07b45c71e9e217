using System.Buffers.Binary;
using System.Text;
using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Gguf;

/// <summary>Reads the head of a GGUF file, trusting no count in it.</summary>
internal sealed class GgufReader(Stream stream, string path)
{
    // llama.cpp itself allows four.
    private const int MostDimensions = 4;

    // Of all lists together: ten times the largest published vocabularies and merge lists; names and templates are far below the longest text.
    private const long LongestArray = 16 << 20;
    private const long LongestText = 16 << 20;

    private const int ShortestPair = 8 + 1 + 4 + 1;
    private const int ShortestTensor = 8 + 1 + 4 + 8 + 4 + 8;

    private readonly long _length = stream.Length;
    private readonly byte[] _eight = new byte[8];
    private long _listed;

    /// <summary>Metadata by key (long, double, bool, string, double[] or string[]) and the tensors.</summary>
    public (Dictionary<string, object> Metadata, List<GgufTensor> Tensors) Read()
    {
        if (_length < 24 || ReadUInt32() != 0x46554747)
        {
            throw Error("does not begin as a GGUF file, with the letters GGUF");
        }

        uint version = ReadUInt32();
        if (BinaryPrimitives.ReverseEndianness(version) is 2 or 3)
        {
            throw Error("is big-endian, expected a little-endian GGUF file");
        }

        if (version is not (2 or 3))
        {
            throw Error(FormattableString.Invariant($"is GGUF of version {version}, expected 2 or 3 and little-endian"));
        }

        long tensorCount = ReadCount("tensors", ShortestTensor);
        long pairCount = ReadCount("metadata", ShortestPair);
        var metadata = new Dictionary<string, object>(StringComparer.Ordinal);
        for (long i = 0; i < pairCount; i++)
        {
            string key = ReadText();
            if (!metadata.TryAdd(key, ReadValue(key, ReadUInt32())))
            {
                throw Error($"names the metadata '{Shown(key)}' twice");
            }
        }

        var heads = new List<(string Name, long[] Shape, uint Type, ulong Offset)>();
        for (long i = 0; i < tensorCount; i++)
        {
            heads.Add(ReadTensor());
        }

        long alignment = metadata.GetValueOrDefault("general.alignment") is long wanted ? wanted : 32;
        if (alignment is < 1 or > 1 << 20)
        {
            throw Error(FormattableString.Invariant($"has the alignment {alignment}, expected 1 to {1 << 20}"));
        }

        return (metadata, Placed(heads, (stream.Position + alignment - 1) / alignment * alignment));
    }

    private List<GgufTensor> Placed(List<(string Name, long[] Shape, uint Type, ulong Offset)> heads, long dataStart)
    {
        var tensors = new List<GgufTensor>(heads.Count);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, shape, type, offset) in heads)
        {
            if (!names.Add(name))
            {
                throw Error($"names tensor '{Shown(name)}' twice");
            }

            if (!Enum.IsDefined((GgufType)type))
            {
                throw new ModelException(FormattableString.Invariant($"'{path}' stores tensor '{Shown(name)}' in the number type {GgufTypeNames.Show(type)}, which is not supported; F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q1_0, Q2_0, Q2_K to Q6_K, IQ1_S to IQ4_XS, TQ1_0, TQ2_0, MXFP4 and NVFP4 are. Take the model in one of these."));
            }

            var (block, blockBytes) = GgufBlocks.SizeOf((GgufType)type);
            var elements = shape.Aggregate((Int128)1, (product, d) => product > _length * 64 ? product : product * d);
            var bytes = elements / block * blockBytes;
            if (shape[^1] % block != 0 || offset > (ulong)_length || bytes > _length - dataStart - (long)offset || dataStart > _length)
            {
                throw Error(FormattableString.Invariant($"gives tensor '{Shown(name)}' the shape [{string.Join(", ", shape)}] and the offset {offset}, which {_length} bytes do not hold"));
            }

            tensors.Add(new GgufTensor(name, shape, (GgufType)type, dataStart + (long)offset, (long)bytes) { Path = path });
        }

        long end = dataStart;
        foreach (var tensor in tensors.OrderBy(t => t.Start))
        {
            if (tensor.Start < end)
            {
                throw Error($"lets tensor '{Shown(tensor.Name)}' overlap another one");
            }

            end = tensor.Start + tensor.ByteCount;
        }

        return tensors;
    }

    private (string Name, long[] Shape, uint Type, ulong Offset) ReadTensor()
    {
        string name = ReadText();
        uint dimensions = ReadUInt32();
        if (dimensions is < 1 or > MostDimensions)
        {
            throw Error(FormattableString.Invariant($"gives tensor '{Shown(name)}' {dimensions} dimensions, expected 1 to {MostDimensions}"));
        }

        long[] shape = new long[dimensions];
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            shape[d] = ReadInt64() is > 0 and var size ? size : throw Error($"gives tensor '{Shown(name)}' a dimension without a meaning, expected at least 1");
        }

        return (name, shape, ReadUInt32(), (ulong)ReadInt64());
    }

    private object ReadValue(string key, uint type)
        => type switch
        {
            8 => ReadText(),
            9 => ReadArray(key),
            7 => Fill(1)[0] != 0,
            6 or 12 => ReadNumber(type),
            <= 12 => (long)ReadNumber(type),
            _ => throw Error(FormattableString.Invariant($"gives the metadata '{Shown(key)}' the type {type}, expected 0 to 12")),
        };

    private object ReadArray(string key)
    {
        uint type = ReadUInt32();
        int size = type switch { 0 or 1 or 7 => 1, 2 or 3 => 2, 4 or 5 or 6 => 4, 8 or 10 or 11 or 12 => 8, _ => throw Error(FormattableString.Invariant($"gives the list '{Shown(key)}' the type {type}, expected texts or numbers")) };
        long count = ReadCount($"entries of '{Shown(key)}'", size);
        _listed += count;
        if (_listed > LongestArray)
        {
            throw Error(FormattableString.Invariant($"has more than {LongestArray} entries in its lists with '{Shown(key)}'"));
        }

        if (type == 8)
        {
            var texts = new List<string>();
            for (long i = 0; i < count; i++)
            {
                texts.Add(ReadText());
            }

            return texts.ToArray();
        }

        double[] numbers = new double[count];
        for (long i = 0; i < count; i++)
        {
            numbers[i] = type == 7 ? Fill(1)[0] : ReadNumber(type);
        }

        return numbers;
    }

    // Whole numbers beyond 2^53 do not occur: counts, sizes and ids.
    private double ReadNumber(uint type)
        => type switch
        {
            0 => Fill(1)[0],
            1 => (sbyte)Fill(1)[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(Fill(2)),
            3 => BinaryPrimitives.ReadInt16LittleEndian(Fill(2)),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(Fill(4)),
            5 => BinaryPrimitives.ReadInt32LittleEndian(Fill(4)),
            6 => BinaryPrimitives.ReadSingleLittleEndian(Fill(4)),
            10 => BinaryPrimitives.ReadUInt64LittleEndian(Fill(8)),
            11 => BinaryPrimitives.ReadInt64LittleEndian(Fill(8)),
            _ => BinaryPrimitives.ReadDoubleLittleEndian(Fill(8)),
        };

    private long ReadCount(string what, int shortest)
    {
        ulong count = (ulong)ReadInt64();
        long left = _length - stream.Position;
        return count <= (ulong)(left / shortest) ? (long)count
            : throw Error(FormattableString.Invariant($"says it has {count} {what}, but {left} bytes are left for them"));
    }

    private string ReadText()
    {
        long length = ReadCount("bytes of a text", 1);
        if (length > LongestText)
        {
            throw Error(FormattableString.Invariant($"holds a text of {length} bytes, expected at most {LongestText}"));
        }

        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Fill(4));

    private long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Fill(8));

    private ReadOnlySpan<byte> Fill(int count)
    {
        var bytes = _eight.AsSpan(0, count);
        return stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false) == count ? bytes : throw Error("ends in the middle of its head");
    }

    private static string Shown(string name) => (name.Length > 60 ? name[..60] + "…" : name).ReplaceLineEndings(" ");

    private ModelException Error(string what) => new($"'{path}' {what}: it is truncated, damaged or of another kind. Get the file again.");
}

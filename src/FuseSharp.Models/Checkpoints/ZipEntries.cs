using System.Buffers.Binary;
using System.Text;
using FuseSharp.Errors;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Finds where the entries of a zip file lie, so that they can be mapped: PyTorch stores them uncompressed.</summary>
/// <remarks>Zip and Zip64 by APPNOTE.TXT 4.3; .NET's own reader does not tell offsets.</remarks>
internal static class ZipEntries
{
    private const int EndLength = 22;
    private const int LongestComment = 1 << 16;
    private const int CentralLength = 46;
    private const int LocalLength = 30;
    private const int LargestDirectory = 256 << 20;

    /// <summary>Start and length of every entry by its name.</summary>
    /// <exception cref="ModelException">It is no zip file, damaged, or an entry is compressed.</exception>
    public static Dictionary<string, (long Start, long Length)> Read(MappedFile file)
    {
        var (count, start, length) = ReadEnd(file);
        if (start < 0 || length < 0 || length > LargestDirectory || start > file.Length - length || count < 0 || count > length / CentralLength)
        {
            throw Error(file, "has a directory that does not lie in the file");
        }

        byte[] directory = file.ReadBytes(start, (int)length);
        var entries = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        int at = 0;
        for (long i = 0; i < count; i++)
        {
            if (directory.Length - at < CentralLength || BinaryPrimitives.ReadUInt32LittleEndian(directory.AsSpan(at)) != 0x02014b50)
            {
                throw Error(file, "has a damaged directory");
            }

            at += ReadEntry(file, directory.AsSpan(at), entries);
        }

        return entries;
    }

    private static (long Count, long Start, long Length) ReadEnd(MappedFile file)
    {
        int tail = (int)Math.Min(file.Length, EndLength + LongestComment);
        byte[] bytes = file.ReadBytes(file.Length - tail, tail);
        int at = bytes.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        if (at < 0 || bytes.Length - at < EndLength)
        {
            throw Error(file, bytes is [0x80, ..] || file.ReadBytes(0, 1)[0] == 0x80 ? "is in PyTorch's format from before version 1.6, expected a zip file; save it with a newer PyTorch" : "is not a zip file, expected what torch.save writes");
        }

        var end = bytes.AsSpan(at);
        long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
        long start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        if (at < 20 || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at - 20)) != 0x07064b50)
        {
            return (count, start, length);
        }

        long wide = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at - 20 + 8));
        if (wide < 0 || wide > file.Length - 56)
        {
            throw Error(file, "has a directory that does not lie in the file");
        }

        byte[] record = file.ReadBytes(wide, 56);
        return (BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(32)), BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(48)),
            BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(40)));
    }

    private static int ReadEntry(MappedFile file, ReadOnlySpan<byte> entry, Dictionary<string, (long, long)> entries)
    {
        int method = BinaryPrimitives.ReadUInt16LittleEndian(entry[10..]);
        long packed = BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]);
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(entry[28..]);
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(entry[30..]);
        int commentLength = BinaryPrimitives.ReadUInt16LittleEndian(entry[32..]);
        long local = BinaryPrimitives.ReadUInt32LittleEndian(entry[42..]);
        int total = CentralLength + nameLength + extraLength + commentLength;
        if (entry.Length < total)
        {
            throw Error(file, "has a damaged directory");
        }

        string name = Encoding.UTF8.GetString(entry.Slice(CentralLength, nameLength));
        ReadWide(entry.Slice(CentralLength + nameLength, extraLength), ref length, ref packed, ref local);
        if (method != 0 || packed != length)
        {
            throw Error(file, $"holds a compressed entry '{name}', expected stored ones");
        }

        if (local < 0 || local > file.Length - LocalLength || length < 0)
        {
            throw Error(file, $"holds an entry '{name}' that does not lie in the file");
        }

        byte[] head = file.ReadBytes(local, LocalLength);
        long start = local + LocalLength + BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(26)) + BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(28));
        if (BinaryPrimitives.ReadUInt32LittleEndian(head) != 0x04034b50 || start > file.Length - length || !entries.TryAdd(name, (start, length)))
        {
            throw Error(file, $"holds an entry '{name}' that does not lie in the file, or twice");
        }

        return total;
    }

    // Zip64: the fields that did not fit in 32 bits, in this order.
    private static void ReadWide(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long local)
    {
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            int size = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]), extra.Length - 4);
            var field = extra.Slice(4, size);
            if (id == 1)
            {
                Take(ref field, ref length);
                Take(ref field, ref packed);
                Take(ref field, ref local);
            }

            extra = extra[(4 + size)..];
        }

        static void Take(ref ReadOnlySpan<byte> field, ref long value)
        {
            if (value == uint.MaxValue && field.Length >= 8)
            {
                value = BinaryPrimitives.ReadInt64LittleEndian(field);
                field = field[8..];
            }
        }
    }

    private static ModelException Error(MappedFile file, string what) => new($"'{file.Path}' {what}. Get the file again, or the model's safetensors.");
}

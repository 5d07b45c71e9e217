using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace FuseSharp.Pipeline.Train;

/// <summary>Writes scalars as TensorBoard reads them: records of protobuf events, each with two checksums.</summary>
/// <remarks>
/// A record is its length (8 bytes), the masked CRC-32C of that, the event, and the masked CRC-32C of the event. An event has wall_time (1, double, Unix seconds), step (2) and
/// either file_version (3) or a summary (5) of values with a tag (1) and a simple_value (2, float).
/// </remarks>
internal sealed class EventFile : IDisposable
{
    private const int VersionField = 3;
    private const int SummaryField = 5;

    private readonly FileStream _file;

    /// <summary>Begins a file, whose name holds the moment as other writers' do.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="time">Unix seconds of the first event.</param>
    public EventFile(string folder, double time)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{(long)time:D10}.{Environment.MachineName}.{Environment.ProcessId}.0");
        _file = new FileStream(Path.Combine(folder, name), FileMode.Create, FileAccess.Write, FileShare.Read);
        Write(time, step: 0, VersionField, Encoding.ASCII.GetBytes("brain.Event:2"));
    }

    /// <summary>Adds the scalars of a step.</summary>
    /// <param name="time">Unix seconds at which it was taken.</param>
    /// <param name="step">1-based.</param>
    /// <param name="scalars">Their tags, such as <c>train/loss</c>, and values.</param>
    public void Add(double time, long step, IEnumerable<(string Tag, double Value)> scalars)
    {
        Span<byte> number = stackalloc byte[sizeof(float)];
        foreach (var (tag, value) in scalars)
        {
            using var scalar = new MemoryStream();
            WriteBytes(scalar, 1, Encoding.UTF8.GetBytes(tag));
            WriteKey(scalar, 2, wireType: 5);
            BinaryPrimitives.WriteSingleLittleEndian(number, (float)value);
            scalar.Write(number);

            using var summary = new MemoryStream();
            WriteBytes(summary, 1, scalar.ToArray());
            Write(time, step, SummaryField, summary.ToArray());
        }

        _file.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Write(double time, long step, int field, byte[] content)
    {
        using var written = new MemoryStream();
        WriteKey(written, 1, wireType: 1);
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteDoubleLittleEndian(number, time);
        written.Write(number);
        if (step != 0)
        {
            WriteKey(written, 2, wireType: 0);
            WriteVarint(written, (ulong)step);
        }

        WriteBytes(written, field, content);
        byte[] record = written.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(number, (ulong)record.Length);
        _file.Write(number);
        WriteChecksum(number);
        _file.Write(record);
        WriteChecksum(record);
    }

    // Masked, as TFRecord files have it, because a checksum of data that holds checksums is a bad one.
    private void WriteChecksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte one in bytes)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        crc = ~crc;
        Span<byte> masked = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(masked, BitOperations.RotateRight(crc, 15) + 0xa282ead8);
        _file.Write(masked);
    }

    private static void WriteBytes(MemoryStream stream, int field, byte[] content)
    {
        WriteKey(stream, field, wireType: 2);
        WriteVarint(stream, (ulong)content.Length);
        stream.Write(content);
    }

    private static void WriteKey(MemoryStream stream, int field, int wireType) => WriteVarint(stream, ((ulong)field << 3) | (uint)wireType);

    private static void WriteVarint(MemoryStream stream, ulong value)
    {
        for (; value > 0x7f; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }

        stream.WriteByte((byte)value);
    }
}

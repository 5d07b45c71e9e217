using System.Buffers.Binary;
using System.Text;
using FuseSharp.Pipeline.Train;
using FuseSharp.Testing;

namespace FuseSharp.Pipeline.Tests.Train;

/// <summary>The events against TensorBoard's file format: records framed by their length, both with masked CRC-32C.</summary>
public sealed class TrainLogTests
{
    [Fact]
    public void Write_Steps_AreEventsWithRightChecksums()
    {
        using var folder = new ScratchFolder();
        using (var log = new TrainLog(folder.Path, 0))
        {
            log.Write(Step(1));
            log.Write(Step(2) with { BitsPerByte = 1.25 });
        }

        byte[][] records = Records(folder);

        Assert.Contains(records, r => Contains(r, "brain.Event:2"));
        foreach (string tag in new[] { "train/loss", "train/loss_language_model", "train/loss_fusion", "train/learning_rate", "train/grad_norm", "teacher_share/1", "speed/tokens_per_second", "memory/megabytes" })
        {
            Assert.Equal(2, records.Count(r => Contains(r, tag) && !Contains(r, tag + "_")));
        }

        Assert.Single(records, r => Contains(r, "eval/bits_per_byte"));
    }

    [Fact]
    public void Continue_AtACheckpoint_CutsLaterStepsFromLinesAndEvents()
    {
        using var folder = new ScratchFolder();
        using (var log = new TrainLog(folder.Path, 0))
        {
            log.Write(Step(1));
            log.Write(Step(2));
            log.Write(Step(3));
        }

        using (var log = new TrainLog(folder.Path, 2))
        {
            log.Write(Step(3) with { Loss = 7 });
        }

        string[] lines = File.ReadAllLines(folder.At(TrainLog.FileName));
        Assert.Equal(3, lines.Length);
        Assert.Contains("7", lines[2], StringComparison.Ordinal);
        Assert.Equal(3, Records(folder).Count(r => Contains(r, "train/grad_norm")));
    }

    [Fact]
    public void Events_TimesAreUnixSecondsAndStayWhenContinued()
    {
        using var folder = new ScratchFolder();
        var clock = new Clock { Now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_250) };
        using (var log = new TrainLog(folder.Path, 0, clock))
        {
            log.Write(Step(1));
        }

        clock.Now = clock.Now.AddHours(5);
        using (var log = new TrainLog(folder.Path, 1, clock))
        {
            log.Write(Step(2));
        }

        double[] times = [.. Records(folder).Select(r => BinaryPrimitives.ReadDoubleLittleEndian(r.AsSpan(1))).Distinct()];
        Assert.Equal([1_700_000_000.25, 1_700_018_000.25], times);
        Assert.StartsWith("events.out.tfevents.1700000000.", Path.GetFileName(Directory.EnumerateFiles(folder.At("tensorboard")).Single()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"step\":3,\"lo")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("\0\0\0\0")]
    [InlineData("{\"step\":2}")]
    public void Continue_TornLines_AreDropped(string torn)
    {
        using var folder = new ScratchFolder();
        using (var log = new TrainLog(folder.Path, 0))
        {
            log.Write(Step(1));
            log.Write(Step(2));
        }

        File.AppendAllText(folder.At(TrainLog.FileName), torn + "\n");
        using (var log = new TrainLog(folder.Path, 3))
        {
            log.Write(Step(4));
        }

        Assert.Equal(["1", "2", "4"], File.ReadLines(folder.At(TrainLog.FileName)).Select(l => l.Split([':', ','])[1]));
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private static TrainStep Step(int number) => new(number, 3, 2, 1, 0.5, 1e-3, 1, 100, [25, 75], 1000, 1_000_000);

    private static bool Contains(byte[] record, string text) => record.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;

    private static byte[][] Records(ScratchFolder folder)
    {
        string file = Assert.Single(Directory.EnumerateFiles(folder.At("tensorboard"), "*tfevents*", SearchOption.AllDirectories));
        byte[] bytes = File.ReadAllBytes(file);
        var records = new List<byte[]>();
        for (int at = 0; at < bytes.Length;)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(Masked(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            Assert.Equal(Masked(bytes.AsSpan(at + 12, length)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            records.Add(bytes[(at + 12)..(at + 12 + length)]);
            at += 16 + length;
        }

        return [.. records];
    }

    // CRC-32C bit by bit, then TensorFlow's mask.
    private static uint Masked(ReadOnlySpan<byte> data)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }
}

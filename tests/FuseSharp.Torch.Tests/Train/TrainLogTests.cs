using System.Buffers.Binary;
using System.Text;
using FuseSharp.Testing;
using FuseSharp.Torch.Train;

namespace FuseSharp.Torch.Tests.Train;

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
        foreach (string tag in new[] { "train/loss", "train/loss_language_model", "train/loss_fusion", "train/learning_rate", "train/gradient_norm", "teacher_share/1", "speed/tokens_per_second", "memory/megabytes" })
        {
            Assert.Equal(2, records.Count(r => Contains(r, tag) && !Contains(r, tag + "_")));
        }

        Assert.Single(records, r => Contains(r, "validation/bits_per_byte"));
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
        Assert.Equal(3, Records(folder).Count(r => Contains(r, "train/gradient_norm")));
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

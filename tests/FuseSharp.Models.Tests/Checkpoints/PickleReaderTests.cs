using System.IO.Compression;
using System.Text;
using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Checkpoints;

public sealed class PickleReaderTests
{
    // A state dict with one float32 tensor "w" [2, 3] in storage "0", as Python's pickle protocol 2 writes it; parts can be replaced.
    private const string Storage = "(X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0006tQ";
    private const string Rest = "K\0K\u0002K\u0003\u0086K\u0003K\u0001\u0086\u0089ccollections\nOrderedDict\n)R";
    private const string Tensor = "ctorch._utils\n_rebuild_tensor_v2\n(" + Storage + Rest + "tR";
    private const string Good = "\u0080\u0002}X\u0001\0\0\0w" + Tensor + "s.";

    [Fact]
    public void Read_AStateDict_GivesItsTensors()
    {
        using var folder = new ScratchFolder();
        using var reader = new PickleReader(Bin(folder, Good));
        using var value = zeros(2, 3);

        reader.CopyTo("w", value);

        Assert.Equal(["w"], reader.Names);
        Assert.Equal([0f, 1, 2, 3, 4, 5], value.data<float>().ToArray());
    }

    [Fact]
    public void Read_ATransposedView_GivesItsElements()
    {
        using var folder = new ScratchFolder();
        using var reader = new PickleReader(Bin(folder, Good.Replace("K\u0002K\u0003\u0086K\u0003K\u0001\u0086", "K\u0003K\u0002\u0086K\u0001K\u0003\u0086", StringComparison.Ordinal)));
        using var value = zeros(3, 2);

        reader.CopyTo("w", value);

        Assert.Equal([0f, 3, 1, 4, 2, 5], value.data<float>().ToArray());
    }

    [Theory]
    [InlineData("cos\nsystem\n(X\u0007\0\0\0echo hitR.", "os.system")]
    [InlineData("c__builtin__\neval\n(X\u0001\0\0\01tR.", "__builtin__.eval")]
    [InlineData("\u0080\u0004\u008c\u0005posix\u008c\u0006system\u0093.", "posix.system")]
    [InlineData("ctorch\nload\n(X\u0001\0\0\0ftR.", "torch.load")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v3\n)R.", "torch._utils._rebuild_tensor_v3")]
    [InlineData("cnumpy.core.multiarray\nscalar\n)R.", "numpy.core.multiarray.scalar")]
    [InlineData("ctorch\nFloatStorage.__init__\n)R.", "torch.FloatStorage.__init__")]
    [InlineData("(ios\nsystem\n.", "opcode 0x69")]
    [InlineData("(cos\nsystem\no.", "os.system")]
    [InlineData("ccollections\nOrderedDict\n)\u0081.", "opcode 0x81")]
    public void Read_AForeignCallable_IsRefusedByName(string pickle, string named)
    {
        using var folder = new ScratchFolder();
        string path = Bin(folder, pickle);

        Refusal.Check(path, named, () => new PickleReader(path));
    }

    [Theory]
    [InlineData("", "damaged pickle")]
    [InlineData("}", "damaged pickle")]
    [InlineData(".", "damaged pickle")]
    [InlineData("N.", "no dictionary")]
    [InlineData("t.", "damaged pickle")]
    [InlineData("X\u00ff\u00ff\u00ff\u00ffa.", "damaged pickle")]
    [InlineData("h\u0005.", "damaged pickle")]
    [InlineData("}X\u0001\0\0\0wK\u0001s.", "'w', which is not a tensor")]
    [InlineData("}K\u0001K\u0001s.", "something else than a text")]
    [InlineData("\u008a\u00ff.", "damaged pickle")]
    [InlineData("ccollections\nOrderedDict\nK\u0001R.", "damaged pickle")]
    [InlineData("]}b.", "attributes")]
    public void Read_ADamagedPickle_IsRefused(string pickle, string expected)
    {
        using var folder = new ScratchFolder();
        string path = Bin(folder, pickle);

        Refusal.Check(path, expected, () => new PickleReader(path));
    }

    [Theory]
    [InlineData("K\u0002K\u0003\u0086", "K\u0003K\u0003\u0086", "too few")]                         // more elements than bytes
    [InlineData("K\0K\u0002", "K\u0001K\u0002", "too few")]                                         // offset past the end
    [InlineData("K\u0003K\u0001\u0086\u0089", "J\u00ff\u00ff\u00ff\u007fJ\u00ff\u00ff\u00ff\u007f\u0086\u0089", "too few")]    // absurd strides
    [InlineData("K\u0003K\u0001\u0086\u0089", "K\u0001\u0085\u0089", "damaged pickle")]             // fewer strides than sizes
    [InlineData("K\u0002K\u0003\u0086", "J\u00ff\u00ff\u00ff\u00ffK\u0003\u0086", "damaged pickle")] // negative size
    [InlineData("X\u0001\0\0\00X", "X\u0001\0\0\09X", "lacks the numbers '9'")]
    public void Read_ATensorThatLies_IsRefused(string part, string wrong, string expected)
    {
        using var folder = new ScratchFolder();
        Assert.Contains(part, Good, StringComparison.Ordinal);
        string path = Bin(folder, Good.Replace(part, wrong, StringComparison.Ordinal));

        Refusal.Check(path, expected, () => new PickleReader(path));
    }

    [Fact]
    public void Read_EveryTruncation_IsRefused()
    {
        using var folder = new ScratchFolder();
        byte[] whole = File.ReadAllBytes(Bin(folder, Good));
        for (int length = 0; length < whole.Length; length += 29)
        {
            string path = folder.Write("cut.bin", whole[..length]);
            Refusal.Check(path, "", () => new PickleReader(path));
        }
    }

    [Fact]
    public void Read_EveryChangedByte_IsRefusedOrRead()
    {
        // No change of a byte may lead to another exception, or to reading outside the file.
        using var folder = new ScratchFolder();
        byte[] whole = File.ReadAllBytes(Bin(folder, Good));
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] changed = [.. whole];
            changed[i] ^= 0xff;
            string path = folder.Write("changed.bin", changed);
            try
            {
                using var reader = new PickleReader(path);
                foreach (string name in reader.Names)
                {
                    using var value = empty([.. reader.ShapeOf(name)]);
                    reader.CopyTo(name, value);
                }
            }
            catch (ModelException)
            {
            }
        }
    }

    [Fact]
    public void Read_ACompressedEntry_IsRefused()
    {
        using var folder = new ScratchFolder();
        string path = Bin(folder, Good, CompressionLevel.SmallestSize);
        Refusal.Check(path, "compressed", () => new PickleReader(path));
    }

    [Fact]
    public void Read_TheFormatBeforePyTorch16_IsRefused()
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("old.bin", [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']);
        Refusal.Check(path, "before version 1.6", () => new PickleReader(path));
    }

    private static string Bin(ScratchFolder folder, string pickle, CompressionLevel level = CompressionLevel.NoCompression)
    {
        string path = folder.At("pytorch_model.bin");
        using (var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create))
        {
            Write("archive/data.pkl", Encoding.Latin1.GetBytes(pickle));
            Write("archive/data/0", [.. Enumerable.Range(0, 6).SelectMany(i => BitConverter.GetBytes((float)i))]);
            void Write(string name, byte[] bytes)
            {
                using var stream = zip.CreateEntry(name, level).Open();
                stream.Write(bytes);
            }
        }

        return path;
    }
}

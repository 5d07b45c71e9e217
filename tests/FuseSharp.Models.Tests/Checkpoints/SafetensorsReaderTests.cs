using System.Buffers.Binary;
using System.Text;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Checkpoints;

public sealed class SafetensorsReaderTests
{
    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,17]}}""", "do not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[5],"data_offsets":[0,16]}}""", "do not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}}""", "do not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[-16,0]}}""", "do not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[9223372036854775800,9223372036854775807]}}""", "do not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}""", "do not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904,4],"data_offsets":[0,16]}}""", "do not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,4],"data_offsets":[0,16]}}""", "do not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0]}}""", "do not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "twice")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", "F8_E4M3")]
    [InlineData("""{"a":{"shape":[4],"data_offsets":[0,16]}}""", "safetensors")]
    [InlineData("""{"a":7}""", "safetensors")]
    [InlineData("[1]", "safetensors")]
    [InlineData("""{"a":{"dtype":"F32",""", "safetensors")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,16]}}""", "safetensors")]
    public void Open_AHeaderThatLies_IsRefused(string header, string expected)
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("model.safetensors", FileOf(header, Encoding.UTF8.GetByteCount(header), 16));

        Refusal.Check(path, expected, () => new SafetensorsReader(path));
    }

    [Theory]
    [InlineData(0, "empty")]
    [InlineData(5, "5 bytes")]
    [InlineData(8, "header")]
    [InlineData(40, "header")]
    public void Open_ATruncatedFile_IsRefused(int length, string expected)
    {
        using var folder = new ScratchFolder();
        const string Header = """{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""";
        string path = folder.Write("model.safetensors", FileOf(Header, Header.Length, 16)[..length]);

        Refusal.Check(path, expected, () => new SafetensorsReader(path));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(90_000_000)]
    [InlineData(0)]
    public void Open_AHeaderLengthThatLies_IsRefused(long length)
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("model.safetensors", FileOf("{}", length, 16));

        Refusal.Check(path, "header", () => new SafetensorsReader(path));
    }

    [Fact]
    public void Open_AMissingFile_IsRefused()
        => Refusal.Check("nowhere.safetensors", "cannot be read", () => new SafetensorsReader("/nowhere/nowhere.safetensors"));

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void WriteAndRead_ALargeTensor_GivesTheSameNumbers(ScalarType type)
    {
        // Five million numbers: more than one piece.
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        var value = arange(5_000_000, ScalarType.Float32).sin().view(1000, 5000);
        SafetensorsWriter.Write(folder.At("a.safetensors"), [("v", value), ("w", tensor(new long[] { 3, 4 }))], null);
        SafetensorsWriter.Write(folder.At("b.safetensors"), [("v", value)], type);

        using var a = new SafetensorsReader(folder.At("a.safetensors"));
        using var b = new SafetensorsReader(folder.At("b.safetensors"));
        var back = zeros(1000, 5000, dtype: type);
        a.CopyTo("v", back);

        Assert.True(a.Read("v").equal(value).all().item<bool>());
        Assert.True(back.equal(value.to(type)).all().item<bool>());
        Assert.True(b.Read("v").equal(value.to(type)).all().item<bool>());
        Assert.Equal([3, 4], a.Read("w").data<long>().ToArray());
    }

    private static byte[] FileOf(string header, long headerLength, int dataLength)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, headerLength);
        return [.. length, .. Encoding.UTF8.GetBytes(header), .. new byte[dataLength]];
    }
}

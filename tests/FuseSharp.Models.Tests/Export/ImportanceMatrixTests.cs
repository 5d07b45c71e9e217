using System.Text;
using FuseSharp.Errors;
using FuseSharp.Models.Export;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Tests.Export;

public sealed class ImportanceMatrixTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // 6 / 3 and 9 / 3.
    [Fact]
    public void Read_TheOlderFormat_DividesByTheChunks()
    {
        var matrix = ImportanceMatrix.Read(_folder.Write("imatrix.dat", Entries()));

        Assert.Equal([2, 3], matrix.Columns["blk.0.ffn_up.weight"]);
    }

    // Two experts of two columns: 8 / 4 and 4 / 4; nothing came to the second.
    [Fact]
    public void Read_Gguf_DividesByTheRowsOfEachExpert()
    {
        string file = _folder.At("imatrix.gguf");
        new GgufWriter().Text("general.type", "imatrix").Write(file, [("a.in_sum2", [2, 2], GgufType.F32), ("a.counts", [2, 1], GgufType.F32)],
            (i, stream) => stream.Write(new float[][] { [8, 4, 5, 6], [4, 0] }[i].SelectMany(BitConverter.GetBytes).ToArray()));

        Assert.Equal([2, 1, 1, 1], ImportanceMatrix.Read(file).Columns["a"]);
    }

    [Fact]
    public void Read_ATruncatedFile_IsRefusedInOneLine()
    {
        byte[] whole = Entries();
        for (int length = 0; length < whole.Length; length++)
        {
            string file = _folder.Write("cut.dat", whole[..length]);
            Assert.DoesNotContain('\n', Assert.Throws<ModelException>(() => ImportanceMatrix.Read(file)).Message);
        }
    }

    [Fact]
    public void Read_NoNumber_IsRefused()
    {
        byte[] bytes = Entries();
        BitConverter.GetBytes(float.NaN).CopyTo(bytes.AsSpan(bytes.Length - 4));

        Assert.Contains("has NaN or infinity for 'blk.0.ffn_up.weight'", Assert.Throws<ModelException>(() => ImportanceMatrix.Read(_folder.Write("nan.dat", bytes))).Message, StringComparison.Ordinal);
    }

    private static byte[] Entries()
    {
        byte[] name = Encoding.UTF8.GetBytes("blk.0.ffn_up.weight");
        return [.. BitConverter.GetBytes(1), .. BitConverter.GetBytes(name.Length), .. name, .. BitConverter.GetBytes(3), .. BitConverter.GetBytes(2), .. BitConverter.GetBytes(6f), .. BitConverter.GetBytes(9f)];
    }
}

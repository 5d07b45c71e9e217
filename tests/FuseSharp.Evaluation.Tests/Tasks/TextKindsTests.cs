using System.Text;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.Evaluation.Tests.Tasks;

public sealed class TextKindsTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.csv", "id,text\n1,One.\n2,\"Two, \"\"too\"\"\nand on\"\n", "One.|Two, \"too\"\nand on")]
    [InlineData("a.TSV", "text\tid\nOne.\t1\n", "One.")]
    [InlineData("a.ndjson", "{\"text\":\"One.\"}\n", "One.")]
    [InlineData("a.json", "[{\"text\":\"One.\"},{\"text\":\"Two.\"}]", "One.|Two.")]
    [InlineData("b.json", "{\"text\":\"One.\"}\n{\"text\":\"Two.\"}\n", "One.|Two.")]
    [InlineData("c.jsonl", "{\"loss\":NaN,\"text\":\"NaN, \\\"Infinity\",\"x\":[-Infinity]}\n", "NaN, \"Infinity")]
    [InlineData("d.jsonl", "{\"text\":\"One.\",\"text\":\"Two.\",\"\\ud800\":1}\n", "Two.")]
    public void Read_ByName(string name, string content, string texts)
        => Assert.Equal(texts.Split('|'), TextFiles.Read(_folder.Write(name, Encoding.UTF8.GetBytes(content))).Select(d => d.Text));

    [Theory]
    [InlineData("a.csv", "text,id\nOne.\n", "a row of 1 values")]
    [InlineData("a.csv", "body\nOne.\n", "no column 'text'; its first line names body")]
    [InlineData("a.json", "[1", "is not JSON")]
    [InlineData("a.jsonl", "{\"text\":NaN}\n", "has no text in a field 'text'")]
    [InlineData("a.jsonl.bz2", "BZh91AY&SY damaged", "cannot be read")]
    [InlineData("a.jsonl.xz", "damaged", "cannot be read")]
    [InlineData("a.doc", "x", ".feather")]
    [InlineData("a.parquet", "PAR1PAR1", "cannot be read as Parquet: Invalid")]
    public void Read_Faults_AreNamed(string name, string content, string expected)
        => Assert.Contains(expected, Assert.Throws<ArtifactException>(() => TextFiles.Read(_folder.Write(name, Encoding.UTF8.GetBytes(content))).ToList()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("1,\"never closed\n2,b\n", true)]
    [InlineData("1,\"a\"\"\n", true)]
    [InlineData("1,\"said \"\"no\"\"\"\n", false)]
    [InlineData("1,5\" disk\n", false)]
    [InlineData("1,\"\"\n", false)]
    public void Table_AQuoteThatIsNeverClosed_IsAFault(string rows, bool isFault)
    {
        string file = _folder.Write("a.csv", Encoding.UTF8.GetBytes("id,text\n" + rows));

        Assert.Equal(isFault, TextFiles.ReadWithErrors(file, "text", false).Last().Error?.Contains("never closed", StringComparison.Ordinal) ?? false);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void Xz_AllStreams_AreRead(int padding)
    {
        byte[] one = Convert.FromBase64String("/Td6WFoAAAFpIt42AgAhAQwAAACPmEGcAQAPeyJ0ZXh0IjoiT25lLiJ9CgC9FAxeAAEkEOlE2cyQQpkNAQAAAAABWVo=");
        byte[] two = Convert.FromBase64String("/Td6WFoAAAFpIt42AgAhAQwAAACPmEGcAQAPeyJ0ZXh0IjoiVHdvLiJ9CgB7l7xVAAEkEOlE2cyQQpkNAQAAAAABWVo=");
        string file = _folder.Write("a.jsonl.xz", [.. one, .. new byte[padding], .. two, .. new byte[padding]]);
        string damaged = _folder.Write("b.jsonl.xz", [.. one, .. two[..^5]]);

        Assert.Equal(["One.", "Two."], TextFiles.Read(file).Select(d => d.Text));
        Assert.Contains("b.jsonl.xz", Assert.Throws<ArtifactException>(() => TextFiles.Read(damaged).ToList()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(40)]
    public void Gzip_CutShort_IsAFault(int missing)
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 300).Select(i => FormattableString.Invariant($"{i * i}\n")))));
        }

        string file = _folder.Write("a.txt.gz", packed.ToArray()[..^missing]);

        Assert.Contains("cannot be read to its end", Assert.Throws<ArtifactException>(() => TextFiles.Read(file).ToList()).Message, StringComparison.Ordinal);
        Assert.Equal(300, TextFiles.Read(_folder.Write("b.txt.gz", packed.ToArray()), lines: true).Count());
    }

    [Fact]
    public void Read_AFieldInsideOfAnother_IsFound()
    {
        string file = _folder.Write("a.jsonl", "{\"meta\":{\"text\":\"One.\"},\"a.b\":\"Two.\"}\n"u8.ToArray());
        Assert.Equal("One.", Assert.Single(TextFiles.Read(file, "meta.text")).Text);
        Assert.Equal("Two.", Assert.Single(TextFiles.Read(file, "a.b")).Text);
    }

    [Theory]
    [InlineData("LICENSE.txt data.jsonl", "data.jsonl")]
    [InlineData("README.txt a.txt", "a.txt")]
    [InlineData("README.txt", "README.txt")]
    [InlineData("dataset_info.json data.jsonl", "data.jsonl")]
    [InlineData("a.json", "a.json")]
    [InlineData("a.csv b.csv", "a.csv b.csv")]
    [InlineData("a.parquet columns.csv", "a.parquet")]
    public void Folder_GivesItsData(string files, string expected)
    {
        foreach (string name in files.Split(' '))
        {
            _folder.Write(name, "x"u8.ToArray());
        }

        Assert.Equal(expected.Split(' '), TextPaths.Files(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Row_OfWhatIsNotRead_SaysItsKind()
    {
        string file = _folder.Write("rows.jsonl", "{\"a\":NaN,\"b\":\"\\ud800\",\"c\":[{\"x\":1},{\"x\":2}],\"d\":1}"u8.ToArray());
        var row = TaskRows.Read(_folder.Path, [Path.GetFileName(file)], "test", null)[0];

        Assert.Contains("a number that is not finite", Assert.Throws<ArtifactException>(() => row.TextAt("a")).Message, StringComparison.Ordinal);
        Assert.Contains("not Unicode", Assert.Throws<ArtifactException>(() => row.TextAt("b")).Message, StringComparison.Ordinal);
        Assert.Equal(["1", "2"], row.ListAt("c.x"));
        Assert.Equal("1", row.TextAt("missing?d"));
    }
}

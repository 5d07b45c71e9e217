using System.Text;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Evaluate;
using FuseSharp.Core.Texts;
using FuseSharp.Testing;

namespace FuseSharp.Core.Tests.Texts;

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
    public void Read_Faults_AreNamed(string name, string content, string expected)
        => Assert.Contains(expected, Assert.Throws<ArtifactException>(() => TextFiles.Read(_folder.Write(name, Encoding.UTF8.GetBytes(content))).ToList()).Message, StringComparison.Ordinal);

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

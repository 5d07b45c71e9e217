using System.IO.Compression;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using FuseSharp.Errors;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.Storage.Tests.Texts;

public sealed class TextFilesTests : IDisposable
{
    private const string TwoLines = "{\"text\":\"one\"}\r\n\r\n{\"text\":\"zwei ü\",\"other\":1}\n";

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_AText_IsOneDocumentOrOneALine()
    {
        string file = _folder.Write("a.txt", Bytes("\uFEFFone\n\ntwo\r\nthree"));

        Assert.Equal(["one\n\ntwo\r\nthree"], Texts(file));
        Assert.Equal(["one", "two", "three"], Texts(file, lines: true));
        Assert.Equal($"{file}:3", TextFiles.Read(file, lines: true).ElementAt(1).Place);
    }

    [Theory]
    [InlineData("a.jsonl")]
    [InlineData("a.jsonl.gz")]
    [InlineData("a.jsonl.zst")]
    public void Read_JsonLines_CompressedOrNot(string name)
    {
        string file = _folder.Write(name, Compressed(Bytes(TwoLines), name));

        Assert.Equal(["one", "zwei ü"], Texts(file));
    }

    [Theory]
    [InlineData("a.jsonl.gz")]
    [InlineData("a.jsonl.zst")]
    public void Read_ACompressedFileThatIsCut_StopsAndNamesIt(string name)
    {
        var random = new Random(1);
        string json = string.Concat(Enumerable.Range(0, 20000).Select(_ => $"{{\"text\":\"{random.NextInt64():X}\"}}\n"));
        byte[] whole = Compressed(Bytes(json), name);
        string file = _folder.Write(name, whole[..(whole.Length / 2)]);

        var fault = Assert.Throws<ArtifactException>(() => TextFiles.Read(file).Count());

        Assert.Contains(file, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Parquet_TheNamedColumn()
    {
        using (var file = new ParquetSharp.ParquetFileWriter(_folder.At("a.parquet"), [new ParquetSharp.Column<int>("id"), new ParquetSharp.Column<string>("body")]))
        {
            using var group = file.AppendRowGroup();
            group.NextColumn().LogicalWriter<int>().WriteBatch([1, 2]);
            group.NextColumn().LogicalWriter<string>().WriteBatch(["one", "two"]);
            file.Close();
        }

        Assert.Equal(["one", "two"], Texts(_folder.At("a.parquet"), "body"));
        Assert.Contains("body", Assert.Throws<ArtifactException>(() => Texts(_folder.At("a.parquet"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Read_Arrow_StreamAndFileFormatLargeAndOrdinaryStrings(bool isFile, bool isLarge)
    {
        WriteArrow(_folder.At("a.arrow"), isFile, isLarge, ["one", "two"], ["three"]);

        Assert.Equal(["one", "two", "three"], Texts(_folder.At("a.arrow")));
        Assert.Contains("'body'", Assert.Throws<ArtifactException>(() => Texts(_folder.At("a.arrow"), "body")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ACutArrowStream_StopsAndNamesIt()
    {
        WriteArrow(_folder.At("a.arrow"), isFile: false, isLarge: false, [new string('a', 100_000)]);
        byte[] whole = File.ReadAllBytes(_folder.At("a.arrow"));
        File.WriteAllBytes(_folder.At("a.arrow"), whole[..50_000]);

        Assert.Contains("a.arrow", Assert.Throws<ArtifactException>(() => Texts(_folder.At("a.arrow"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AFolderOfSaveToDisk_OnlyTheFilesItLists()
    {
        Save("saved", "one");
        WriteArrow(_folder.At("saved/cache-1234.arrow"), isFile: false, isLarge: false, ["stale"]);

        Assert.Equal(["one"], Texts(_folder.At("saved")));
    }

    [Fact]
    public void DomainTexts_ASavedDatasetDict_KeepsItsSplits()
    {
        Save("dict/train", "learn");
        Save("dict/validation", "choose");
        Save("dict/test", "report");
        _folder.Write("dict/dataset_dict.json", Bytes("{\"splits\": [\"train\", \"validation\", \"test\"]}"));
        var entry = new TextEntry { Path = _folder.At("dict") };

        Assert.Equal(["learn"], DomainTexts.Read(entry, DataSplit.Train).Select(d => d.Text));
        Assert.Equal(["choose"], DomainTexts.Read(entry, DataSplit.Validation).Select(d => d.Text));
        Assert.Equal(["report"], DomainTexts.Read(entry, DataSplit.Test).Select(d => d.Text));
    }

    [Fact]
    public void DomainTexts_SomeNamesTellASplitOthersNot_IsRefused()
    {
        _folder.Write("train-0.jsonl", Bytes(TwoLines));
        _folder.Write("rest.jsonl", Bytes(TwoLines));

        var fault = Assert.Throws<ArtifactException>(() => DomainTexts.Read(new TextEntry { Path = _folder.Path }, DataSplit.Test).Count());

        Assert.Contains("rest.jsonl", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_APattern_MatchesWithinAndAcrossFolders()
    {
        Directory.CreateDirectory(_folder.At("x/y"));
        _folder.Write("x/a.txt", Bytes("a"));
        _folder.Write("x/y/b.txt", Bytes("b"));
        _folder.Write("x/c.md", Bytes("c"));

        Assert.Equal(["a"], Texts(_folder.At("x/*")));
        Assert.Equal(["a", "b"], Texts(_folder.At("x/**/*.txt")));
        Assert.Throws<ArtifactException>(() => Texts(_folder.At("x/*.jsonl")));
    }

    [Fact]
    public void ReadWithFaults_BadDocuments_AreNamedAndTheNextOneFollows()
    {
        byte[] lines = [.. Bytes("{\"text\":\"good\"}\n{\"text\":"), 0xFF, .. Bytes("}\n{\"no\":1}\n[\n{\"text\":\" \"}\n{\"text\":\"\\ud800\"}\n{\"text\":\"last\"}")];
        string file = _folder.Write("a.jsonl", lines);

        var documents = TextFiles.ReadWithErrors(file, "text", lines: false).ToList();

        Assert.Equal(["good", "last"], documents.Where(d => d.Error is null).Select(d => d.Text));
        string[] words = ["0xFF", "field 'text'", "not JSON", "empty text", "surrogate"];
        Assert.All(documents.Where(d => d.Error is not null).Zip(words, Enumerable.Range(2, 5)), d =>
        {
            Assert.StartsWith(FormattableString.Invariant($"{file}:{d.Third} "), d.First.Error, StringComparison.Ordinal);
            Assert.Contains(d.Second, d.First.Error, StringComparison.Ordinal);
        });
        Assert.Equal(5, documents.Count(d => d.Error is not null));
    }

    [Fact]
    public void DomainTexts_SoManyBytes_TakesTheDocumentsOfTheSmallestHashes()
    {
        string[] all = [.. Enumerable.Range(0, 200).Select(i => new string('x', 10 + (i % 7)) + i)];
        _folder.Write("a.txt", Bytes(string.Join('\n', all)));
        var entry = new TextEntry { Train = _folder.At("a.txt"), Lines = true };

        string[] taken = [.. DomainTexts.Read(entry, DataSplit.Train, maxBytes: 500).Select(d => d.Text)];

        // The slow way: sort everything, take until the bytes are reached.
        int bytes = 0;
        string[] expected = [.. all.OrderBy(HashSplit.Hash).TakeWhile(t => (bytes += t.Length) - t.Length < 500)];
        Assert.Equal(expected.Order(), taken.Order());
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string[] Texts(string path, string field = "text", bool lines = false) => [.. TextFiles.Read(path, field, lines).Select(d => d.Text)];

    private static byte[] Compressed(byte[] bytes, string name)
    {
        var target = new MemoryStream();
        using (Stream stream = Path.GetExtension(name) switch { ".gz" => new GZipStream(target, CompressionLevel.Fastest), ".zst" => new ZstdSharp.CompressionStream(target), _ => target })
        {
            stream.Write(bytes);
        }

        return target.ToArray();
    }

    private void Save(string name, params string[] texts)
    {
        Directory.CreateDirectory(_folder.At(name));
        WriteArrow(_folder.At(name + "/data-00000-of-00001.arrow"), isFile: false, isLarge: false, texts);
        _folder.Write(name + "/state.json", Bytes("{\"_data_files\": [{\"filename\": \"data-00000-of-00001.arrow\"}], \"_split\": null}"));
        _folder.Write(name + "/dataset_info.json", Bytes("{}"));
    }

    private static void WriteArrow(string path, bool isFile, bool isLarge, params string[][] batches)
    {
        IArrowType type = isLarge ? LargeStringType.Default : StringType.Default;
        var schema = new Schema([new Field("id", Int32Type.Default, true), new Field("text", type, true)], null);
        using var stream = File.Create(path);
        using var writer = isFile ? new ArrowFileWriter(stream, schema) : new ArrowStreamWriter(stream, schema);
        foreach (string[] texts in batches)
        {
            IArrowArray column = isLarge ? LargeStrings(texts) : new StringArray.Builder().AppendRange(texts).Build();
            writer.WriteRecordBatch(new RecordBatch(schema, [new Int32Array.Builder().AppendRange(Enumerable.Range(0, texts.Length)).Build(), column], texts.Length));
        }

        writer.WriteEnd();
    }

    private static LargeStringArray LargeStrings(string[] texts)
    {
        byte[] bytes = Bytes(string.Concat(texts));
        long end = 0;
        long[] offsets = [0, .. texts.Select(t => end += Encoding.UTF8.GetByteCount(t))];
        return new LargeStringArray(texts.Length, new ArrowBuffer.Builder<long>().AppendRange(offsets).Build(), new ArrowBuffer(bytes), ArrowBuffer.Empty);
    }
}

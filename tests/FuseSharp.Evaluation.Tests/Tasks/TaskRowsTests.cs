using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Testing;

namespace FuseSharp.Evaluation.Tests.Tasks;

/// <summary>Nested rows as Hugging Face's Parquet and Arrow files have them.</summary>
public sealed class TaskRowsTests : IDisposable
{
    private const string Row = """{"question":"Which?","label":1,"choices":{"text":["stone","air"],"label":["A","B"]},"empty":null}""";
    private readonly ScratchFolder _folder = new();

    [Theory]
    [InlineData("validation-00000-of-00001.parquet")]
    [InlineData("validation.arrow")]
    [InlineData("validation.jsonl")]
    [InlineData("validation.json")]
    public void Read_AnyKindOfFile_GivesTheSameRows(string name)
    {
        string path = _folder.At(Path.Combine(Directory.CreateDirectory(_folder.At("set")).FullName, name));
        Write(path);

        var rows = TaskRows.Read(_folder.Path, ["elsewhere", "set"], "validation", "rows");

        Assert.Equal(2, rows.Count);
        Assert.Equal([0, 1], rows.Select(r => r.Number));
        Assert.All(rows, r =>
        {
            Assert.Equal("Which?", r.TextAt("question"));
            Assert.Equal("1", r.TextAt("label"));
            Assert.Equal(["stone", "air"], r.ListAt("choices.text"));
            Assert.Equal("", r.TextAt("empty"));
        });
        Assert.Single(TaskRows.Read(_folder.Path, ["set"], "validation", "rows", 1));
    }

    [Theory]
    [InlineData("a.parquet", "cannot be read as Parquet")]
    [InlineData("a.arrow", "cannot be read as Arrow")]
    [InlineData("a.jsonl", "a.jsonl:1 is not JSON")]
    [InlineData("a.json", "a.json' is not JSON")]
    public void Read_ADamagedFile_IsRefusedInOneLine(string name, string expected)
    {
        _folder.Write(name, "{\"a\": [1, 2"u8.ToArray());

        string message = Assert.Throws<ArtifactException>(() => TaskRows.Read(_folder.Path, [name], "test", null)).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Read_OnlyTheSplitThatIsAskedFor()
    {
        Write(_folder.At("train.jsonl"));
        Write(_folder.At("dev.json"));

        Assert.EndsWith("dev.json:row 1", TaskRows.Read(_folder.Path, [""], "validation", "rows")[0].Place, StringComparison.Ordinal);
        Assert.Contains("no split 'test'", Assert.Throws<ArtifactException>(() => TaskRows.Read(_folder.Path, [""], "test", "rows")).Message, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static void Write(string path)
    {
        switch (Path.GetExtension(path))
        {
            case ".json":
                File.WriteAllText(path, $$"""{"rows":[{{Row}},{{Row}}]}""");
                break;
            case ".jsonl":
                File.WriteAllLines(path, [Row, Row]);
                break;
            case ".arrow":
                using (var writer = new ArrowStreamWriter(File.Create(path), Batch().Schema))
                {
                    writer.WriteRecordBatch(Batch());
                    writer.WriteEnd();
                }

                break;
            default:
                using (var writer = new ParquetSharp.Arrow.FileWriter(path, Batch().Schema))
                {
                    writer.WriteRecordBatch(Batch());
                    writer.Close();
                }

                break;
        }
    }

    private static RecordBatch Batch()
    {
        static ListArray Lists(params string[] values)
        {
            var builder = new ListArray.Builder(StringType.Default);
            for (int i = 0; i < 2; i++)
            {
                builder.Append();
                ((StringArray.Builder)builder.ValueBuilder).AppendRange(values);
            }

            return builder.Build();
        }

        ListArray[] inner = [Lists("stone", "air"), Lists("A", "B")];
        var type = new StructType([new Field("text", inner[0].Data.DataType, true), new Field("label", inner[1].Data.DataType, true)]);
        var schema = new Schema(
            [new Field("question", StringType.Default, true), new Field("label", Int64Type.Default, true), new Field("choices", type, true), new Field("empty", StringType.Default, true)], null);
        return new RecordBatch(schema,
        [
            new StringArray.Builder().AppendRange(["Which?", "Which?"]).Build(), new Int64Array.Builder().AppendRange([1, 1]).Build(),
            new StructArray(type, 2, inner, ArrowBuffer.Empty, 0), new StringArray.Builder().AppendNull().AppendNull().Build(),
        ], 2);
    }
}

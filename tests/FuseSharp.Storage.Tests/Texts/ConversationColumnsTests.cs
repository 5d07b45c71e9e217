using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using FuseSharp.Errors;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using ParquetSharp.Arrow;

namespace FuseSharp.Storage.Tests.Texts;

public sealed class ConversationColumnsTests
{
    [Theory]
    [InlineData("""{"system": "s", "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""")]
    [InlineData("""{"system": "s", "conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}""")]
    [InlineData("""{"system": "s", "prompt": "a", "response": "b"}""")]
    [InlineData("""{"system": "s", "instruction": "a", "output": "b"}""")]
    [InlineData("""{"prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}], "chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""")]
    public void Read_SystemMessageBesideTheTurns_StandsFirst(string row)
        => Assert.Equal("""[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]""", Assert.Single(ReadRows(TextFormat.Auto, "text", row)).Text);

    [Theory]
    [InlineData(TextFormat.Messages, "turns", """{"turns": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "text": "no"}""")]
    [InlineData(TextFormat.Messages, "x.turns", """{"x": {"turns": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}}""")]
    [InlineData(TextFormat.Sharegpt, "turns", """{"turns": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}""")]
    [InlineData(TextFormat.PromptCompletion, "answer", """{"prompt": "a", "answer": "b", "response": "no"}""")]
    [InlineData(TextFormat.PromptCompletion, "response", """{"prompt": "a", "completion": "no", "response": "b"}""")]
    [InlineData(TextFormat.Alpaca, "response", """{"instruction": "a", "output": "no", "response": "b"}""")]
    [InlineData(TextFormat.Preference, "better", """{"prompt": "a", "better": "b", "chosen": "no"}""")]
    [InlineData(TextFormat.Messages, "text", """{"text": "no", "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""")]
    public void Read_NamedFormatAndColumn_GoBeforeWhatTheColumnsSay(TextFormat format, string field, string row)
        => Assert.Equal("""[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]""", Assert.Single(ReadRows(format, field, row)).Text);

    [Fact]
    public void Read_NamedColumn_MakesPlainTexts()
    {
        var documents = ReadRows(TextFormat.Auto, "story", """{"story": "Once.", "prompt": "a", "completion": "b"}""", """{"prompt": "a", "completion": "b"}""");

        Assert.Equal("Once.", documents[0].Text);
        Assert.Contains("no text in a field 'story'", documents[1].Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_CompletionAndResponse_IsRefusedUntilOneIsNamed()
    {
        const string Row = """{"prompt": "a", "completion": "b", "response": "c"}""";

        Assert.Contains("'format: prompt_completion' and 'field'", Assert.Throws<ArtifactException>(() => ReadRows(TextFormat.Auto, "text", Row)).Message, StringComparison.Ordinal);
        Assert.Contains("Name by 'field'", Assert.Throws<ArtifactException>(() => ReadRows(TextFormat.PromptCompletion, "text", Row)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RowOfAnotherFormat_IsRefusedRatherThanReadByItsOwn()
    {
        string[] rows = [.. Enumerable.Repeat("""{"prompt": "a", "response": "b"}""", 60), """{"prompt": "a", "completion": "b"}"""];

        var documents = ReadRows(TextFormat.Auto, "text", rows);

        Assert.All(documents.Take(60), d => Assert.Null(d.Error));
        Assert.Contains("chat.jsonl:61 lacks 'response'", documents[60].Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_HostileRows_AreRefusedOneByOne()
    {
        const int Deep = 100_000;
        const int Many = 300_000;
        string[] rows =
        [
            """{"messages": """ + new string('[', Deep) + new string(']', Deep) + "}",
            """{"messages": [{"role": "user", "content": """ + string.Concat(Enumerable.Repeat("""{"a":""", Deep)) + "1" + new string('}', Deep + 1) + "]}",
            """{"messages": "[[[[""" + new string('[', Deep) + "\"}",
            """{"messages": [""" + string.Join(',', Enumerable.Repeat("{}", Many)) + "]}",
            """{"messages": [{""" + string.Join(',', Enumerable.Range(0, Many).Select(i => FormattableString.Invariant($"\"k{i}\":{i}"))) + "}]}",
            """{"messages": [{"role": "user", "content": [""" + string.Join(',', Enumerable.Repeat("\"\"", Many)) + "]}]}",
            """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""",
        ];

        var documents = ReadRows(TextFormat.Auto, "text", rows);

        Assert.All(documents.SkipLast(1), d => Assert.True(d.Error is { Length: < 1000 }, d.Place));
        Assert.Null(documents[^1].Error);
    }

    [Fact]
    public void ErrorsOf_ConversationsBesidePlainTexts_NamesBothFiles()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.At("a.jsonl"), """{"prompt": "a", "completion": "b"}""");
        File.WriteAllText(folder.At("b.jsonl"), """{"text": "c"}""");

        string folderError = Assert.Single(TextCheck.ErrorsOf("mixed", new TextEntry { Path = folder.Path }, skipsBad: false));
        string splitError = Assert.Single(TextCheck.ErrorsOf("mixed", new TextEntry { Train = folder.At("a.jsonl"), Test = folder.At("b.jsonl") }, skipsBad: false));

        Assert.All([folderError, splitError], e => Assert.Contains("a.jsonl' holds conversations and ", e, StringComparison.Ordinal));
        Assert.All([folderError, splitError], e => Assert.Contains("b.jsonl' plain texts", e, StringComparison.Ordinal));
        Assert.Empty(TextCheck.ErrorsOf("one", new TextEntry { Train = folder.At("a.jsonl") }, skipsBad: false));
    }

    [Theory]
    [InlineData("chat.arrow")]
    [InlineData("chat.feather")]
    [InlineData("chat.parquet")]
    public void Read_ListsOfStructures_AreConversations(string name)
    {
        using var folder = new ScratchFolder();
        using var batch = Turns(("value", ["a", "b", "c", "d", "e"]), ("from", ["human", "gpt", "human", "gpt", "human"]), [0, 2, 2, 5]);
        Write(folder.At(name), batch);

        var documents = TextFiles.ReadWithErrors(folder.At(name), "text", lines: false, TextFormat.Auto).ToList();

        Assert.Equal("""[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]""", documents[0].Text);
        Assert.Equal(folder.At(name) + ":row 2 holds no message. Correct or remove the row.", documents[1].Error);
        Assert.Equal(("""[{"role":"user","content":"c"},{"role":"assistant","content":"d"}]""", 1), (documents[2].Text, documents[2].DroppedTurns));
    }

    private static RecordBatch Turns((string Name, string[] Values) first, (string Name, string[] Values) second, int[] starts)
    {
        var type = new StructType([new Field(first.Name, StringType.Default, true), new Field(second.Name, StringType.Default, true)]);
        var turns = new StructArray(type, first.Values.Length, [new StringArray.Builder().AppendRange(first.Values).Build(), new StringArray.Builder().AppendRange(second.Values).Build()], ArrowBuffer.Empty);
        var lists = new ListArray(new ListType(type), starts.Length - 1, new ArrowBuffer.Builder<int>().AppendRange(starts).Build(), turns, ArrowBuffer.Empty);
        return new(new Schema([new Field("conversations", lists.Data.DataType, true)], null), [lists], lists.Length);
    }

    private static void Write(string file, RecordBatch batch)
    {
        if (file.EndsWith(".parquet", StringComparison.Ordinal))
        {
            using var parquet = new FileWriter(file, batch.Schema);
            parquet.WriteRecordBatch(batch);
            parquet.Close();
            return;
        }

        using var stream = File.Create(file);
        using var writer = file.EndsWith(".feather", StringComparison.Ordinal) ? new ArrowFileWriter(stream, batch.Schema) : new ArrowStreamWriter(stream, batch.Schema);
        writer.WriteRecordBatch(batch);
        writer.WriteEnd();
    }

    private static List<Document> ReadRows(TextFormat format, string field, params string[] rows)
    {
        using var folder = new ScratchFolder();
        File.WriteAllLines(folder.At("chat.jsonl"), rows);
        return [.. TextFiles.ReadWithErrors(folder.At("chat.jsonl"), field, lines: false, format)];
    }
}

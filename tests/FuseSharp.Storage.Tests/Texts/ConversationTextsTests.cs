using System.Text.Json;
using CsCheck;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.Storage.Tests.Texts;

public sealed class ConversationTextsTests
{
    // Any characters, pairs of surrogates and control characters among them.
    private static readonly Gen<string> _text = Gen.OneOf(Gen.Int[0, 0xFF], Gen.Int[0, 0x10F7FF]).Array[0, 20].Select(c => string.Concat(c.Select(x => char.ConvertFromUtf32(x < 0xD800 ? x : x + 0x800))));

    public static TheoryData<string> HardFiles()
        => SharedData.IsMissing ? ["-"] : [.. Directory.EnumerateFiles(Hard(""), "*.expected.json").Select(f => Path.GetFileName(f)[..^".expected.json".Length]).Order(StringComparer.Ordinal)];

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(HardFiles))]
    public void Read_HardFile_IsReadOrRefusedAsExpected(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Hard(name + ".expected.json")));
        var expected = json.RootElement;
        if (expected.TryGetProperty("ambiguous", out var formats))
        {
            Assert.Contains("format", Assert.Throws<ArtifactException>(() => Read(name).Count).Message, StringComparison.Ordinal);
            foreach (var format in expected.GetProperty("with_format").EnumerateObject())
            {
                var wanted = format.Name == "messages" ? TextFormat.Messages : TextFormat.Sharegpt;
                Assert.Equal(Conversations(format.Value), TextFiles.Read(Hard(name), format: wanted).Select(d => d.Text));
            }

            return;
        }

        if (expected.TryGetProperty("refused_whole", out _))
        {
            string error = Assert.Single(Read(name)).Error!;
            Assert.Contains("'question', 'answer'", error, StringComparison.Ordinal);
            return;
        }

        if (expected.TryGetProperty("splits", out var splits))
        {
            foreach (var split in splits.EnumerateObject())
            {
                Assert.Equal(Conversations(split.Value), DomainTexts.Read(new TextEntry { Path = Hard(name) }, Enum.Parse<DataSplit>(split.Name, ignoreCase: true)).Select(d => d.Text));
            }

            return;
        }

        var documents = Read(name);
        if (expected.GetProperty("format").GetString() == "text")
        {
            Assert.All(documents, d => Assert.True(d.Error is null && d.Conversation is null));
            return;
        }

        string[] good = [.. documents.Where(d => d.Error is null).Select(d => d.Text)];
        if (expected.TryGetProperty("refused", out var refused))
        {
            int[] rows = [.. documents.Select((d, i) => (d.Error, Row: i + 1)).Where(d => d.Error is not null).Select(d => d.Row)];
            Assert.Equal(refused.EnumerateArray().Select(r => r.GetProperty("row").GetInt32()), rows);
            Assert.All(documents.Where(d => d.Error is not null), d => Assert.StartsWith(d.Place, d.Error, StringComparison.Ordinal));
            Assert.Equal(Conversations(expected.GetProperty("with_skip_bad_documents")), good);
            return;
        }

        Assert.Equal(Conversations(expected.GetProperty("conversations")), good);
        Assert.Equal(expected.TryGetProperty("dropped_last_turns", out var dropped) ? dropped.GetInt32() : 0, documents.Sum(d => d.DroppedTurns));
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""")]
    [InlineData("""{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}""")]
    [InlineData("""{"instruction": "a", "input": "", "output": "b"}""")]
    [InlineData("""{"prompt": "a", "completion": "b"}""")]
    [InlineData("""{"prompt": [{"role": "user", "content": "a"}], "response": "b"}""")]
    [InlineData("""{"prompt": "a", "chosen": "b", "rejected": "c"}""")]
    [InlineData("""{"chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": [{"type": "text", "text": "b"}]}]}""")]
    public void Read_EveryFormat_IsTheSameConversation(string row)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.At("chat.jsonl"), row);

        var document = Assert.Single(TextFiles.Read(folder.At("chat.jsonl"), format: TextFormat.Auto));

        Assert.Equal("""[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]""", document.Text);
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}]}""", "no answer")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": " "}]}""", "empty answer, message 2")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "wizard", "content": "b"}]}""", "message 2 that has the unknown role 'wizard'")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]}""", "two turns of user in a row, messages 1 and 2")]
    [InlineData("""{"messages": 7}""", "no list of messages")]
    [InlineData("""{"instruction": "", "output": "b"}""", "an empty 'instruction'")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "wi\nzard", "content": "b"}]}""", "the unknown role 'wi zard'")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "", "tool_calls": []}]}""", "empty answer, message 2")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "", "tool_calls": [{"x": "\ud83d"}]}]}""", "message 2 that holds in 'tool_calls' a string that is not Unicode")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "reasoning_content": "\udc00"}]}""", "message 2 that holds in 'reasoning_content'")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "", "tool_calls": [{"x": NaN}]}]}""", "a number that is not finite")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "", "tool_calls": "[]"}]}""", "empty answer, message 2")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "\ud83d", "text": "a"}]}, {"role": "assistant", "content": "b"}]}""", "message 1 that has a part that is no text")]
    [InlineData("""{"messages": [7, {"role": "assistant", "content": "b"}]}""", "message 1 that has no role")]
    [InlineData("""{"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "c"}""", "lacks 'prompt'")]
    [InlineData("""{"chosen": [{"role": "assistant", "content": "b"}]}""", "lacks 'prompt'")]
    [InlineData("""{"system": "x", "messages": [{"role": "system", "content": "y"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""", "another one in its turns")]
    [InlineData("""{"system": 7, "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""", "no string in 'system'")]
    public void Read_ConversationThatCannotBeUsed_SaysWhereAndWhy(string row, string why)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.At("chat.jsonl"), row);

        var document = Assert.Single(TextFiles.ReadWithErrors(folder.At("chat.jsonl"), "text", lines: false, TextFormat.Auto));

        Assert.StartsWith(folder.At("chat.jsonl") + ":1 ", document.Error, StringComparison.Ordinal);
        Assert.Contains(why, document.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", document.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MessageThatCallsTools_KeepsWhatTemplatesRead()
    {
        var message = Assert.Single(ReadRows(TextFormat.Auto, "text", """
            {"messages": [{"role": "user", "content": "a"}, {"\ud83d": 1, "role": "assistant", "content": null, "tool_calls": [{"x": "\u00e9"}], "weight": 1, "name": null}, {"role": "tool", "content": "7"}, {"role": "tool", "content": "8"}, {"role": "assistant", "content": "b"}]}
            """.Trim())).Conversation!.Messages[1];

        Assert.Equal("", message.Content);
        Assert.Equal("é", Assert.Single(message.Fields!).Value[0].GetProperty("x").GetString());
    }

    [Fact]
    public void Read_ArrayWithFieldsThatAreNoUtf8_IsRefused()
    {
        using var folder = new ScratchFolder();
        byte[] json = """[{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "name": "?"}]}]"""u8.ToArray();
        json[Array.LastIndexOf(json, (byte)'?')] = 0xFF;
        File.WriteAllBytes(folder.At("chat.json"), json);

        var document = Assert.Single(TextFiles.ReadWithErrors(folder.At("chat.json"), "text", lines: false, TextFormat.Auto));

        Assert.StartsWith(folder.At("chat.json") + ":row 1 has a message 2 that holds in 'name' a string", document.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ChosenThatGoesOnFromThePrompt_KeepsThePrompt()
        => Assert.Equal("""[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]""", Assert.Single(ReadRows(TextFormat.Auto, "text",
            """{"prompt": [{"role": "user", "content": "a"}], "chosen": [{"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]}""")).Text);

    [Fact]
    public void ToJson_AnyConversation_IsReadBack()
        => Gen.Select(_text, _text, _text).Sample((a, b, c) =>
        {
            using var fields = JsonDocument.Parse(JsonSerializer.Serialize(new { tool_calls = new[] { c }, name = a }));
            var conversation = new Conversation([new("user", a), new("assistant", b) { Fields = fields.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.Clone()) }]);

            var read = Conversation.FromJson(conversation.ToJson());

            return read.Messages[0] == conversation.Messages[0] && read.Messages[1].Content == b && read.ToJson() == conversation.ToJson() && !conversation.ToJson().Contains('\n');
        });

    private static List<Document> ReadRows(TextFormat format, string field, params string[] rows)
    {
        using var folder = new ScratchFolder();
        File.WriteAllLines(folder.At("chat.jsonl"), rows);
        return [.. TextFiles.ReadWithErrors(folder.At("chat.jsonl"), field, lines: false, format)];
    }

    private static List<Document> Read(string name) => [.. TextFiles.ReadWithErrors(Hard(name), "text", lines: false, TextFormat.Auto)];

    private static IEnumerable<string> Conversations(JsonElement list)
        => list.EnumerateArray().Select(c => new Conversation([.. c.EnumerateArray().Select(m => new ChatMessage(m.GetProperty("role").GetString()!, m.GetProperty("content").GetString()!))]).ToJson());

    private static string Hard(string name) => SharedData.Path("data", "chat", "hard", name);
}

using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Cases.Tests.Formats;

public sealed class ChatCases
{
    [Theory(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("formats/chat-call-block")]
    [Case("formats/chat-crlf")]
    [Case("formats/chat-emoji-units")]
    [Case("formats/chat-power-tuple-set")]
    [Case("formats/chat-replace-count")]
    [Case("formats/chat-tojson-emoji")]
    [Case("formats/chat-trailing-newline")]
    [InlineData("chat-call-block")]
    [InlineData("chat-crlf")]
    [InlineData("chat-emoji-units")]
    [InlineData("chat-power-tuple-set")]
    [InlineData("chat-replace-count")]
    [InlineData("chat-tojson-emoji")]
    [InlineData("chat-trailing-newline")]
    public void Render_WritesWhatJinjaWrites(string name)
    {
        string folder = CaseFolder.At("formats/" + name);
        using var messages = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "messages.json")));
        using var right = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "right.json")));
        var template = ChatTemplate.Find(folder)!;

        ChatMessage[][] conversations = [.. messages.RootElement.EnumerateArray().Select(c => c.EnumerateArray().Select(m => new ChatMessage(m.GetProperty("role").GetString()!, m.GetProperty("content").GetString()!)).ToArray())];
        var expected = right.RootElement.EnumerateArray().ToList();
        Assert.Equal(2 * conversations.Length, expected.Count);
        Assert.All(expected.Select((e, i) => (Case: e, Place: i / 2)), e => Assert.Equal(
            e.Case.EnumerateObject().First(p => p.Name.StartsWith("right", StringComparison.Ordinal)).Value.GetString(),
            template.Render(conversations[e.Place], e.Case.GetProperty("add_generation_prompt").GetBoolean())));
    }
}

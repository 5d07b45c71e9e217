using System.Globalization;
using System.Text;
using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Tests.Chat;

/// <summary>Conversations as Hugging Face renders and tokenizes them: every row of ../shared/golden/chat.</summary>
public sealed class GoldenConversationTests
{
    private static readonly DateTimeOffset _today = DateTimeOffset.Parse("2025-02-03T14:05:06Z", CultureInfo.InvariantCulture);

    public static TheoryData<string> Families()
        => SharedData.IsMissing ? ["-"] : [.. JsonDocument.Parse(File.ReadAllText(Golden("families.json"))).RootElement.GetProperty("families").EnumerateObject().Select(f => f.Name)];

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Families))]
    public void Render_EveryConversation_IsAsHuggingFaceHasIt(string family)
    {
        var conversations = Conversations();
        var (tokenizer, template) = Read(family);
        var errors = new List<string>();
        foreach (var row in Rows(family))
        {
            string id = row.GetProperty("conversation").GetString()!;
            bool prompts = row.GetProperty("add_generation_prompt").GetBoolean();
            var settings = row.GetProperty("kwargs").EnumerateObject().ToDictionary(k => k.Name, k => k.Value);
            var finder = new ContentFinder(m => template.Render(m, prompts, _today, settings));
            RenderedConversation found;
            try
            {
                found = finder.Find(conversations[id].Messages);
            }
            catch (ModelException fault)
            {
                // The template's own words where it refuses; where Python stumbles, ours says it in words of its own.
                string? said = row.GetProperty("error").ValueKind == JsonValueKind.Null ? null : row.GetProperty("error").GetProperty("message").GetString()!.ReplaceLineEndings(" ");
                if (said is null || (row.GetProperty("error").GetProperty("class").GetString()!.StartsWith("jinja2", StringComparison.Ordinal) && !fault.Message.Contains(said, StringComparison.Ordinal)))
                {
                    errors.Add($"{id}: refused: {fault.Message}, expected {said ?? "no refusal"}");
                }

                continue;
            }

            if (row.GetProperty("error").ValueKind != JsonValueKind.Null)
            {
                errors.Add($"{id}: not refused: {row.GetProperty("error")}");
                continue;
            }

            string rendered = row.GetProperty("rendered").GetString()!;
            if (found.Text != rendered)
            {
                errors.Add($"{id}: rendered\n{found.Text}\n  expected\n{rendered}");
                continue;
            }

            if (!tokenizer.Encode(found.Text).Ids.SequenceEqual(row.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32())))
            {
                errors.Add($"{id}: other ids");
            }

            foreach (var span in row.GetProperty("spans").EnumerateArray())
            {
                int message = span.GetProperty("message").GetInt32();
                var place = found.Contents[message];
                string expected = Place(span.GetProperty("content").ValueKind == JsonValueKind.Null ? span.GetProperty("rendered_as") : span.GetProperty("content"));
                string own = place.Start < 0 ? "null" : FormattableString.Invariant($"{place.Start},{place.EndExclusive}");
                bool isExact = place.Change == ContentChange.None;
                string reason = span.GetProperty("reason").GetString() ?? "";
                if (own != expected || isExact != (span.GetProperty("content").ValueKind != JsonValueKind.Null))
                {
                    errors.Add($"{id}: message {message} ({span.GetProperty("role")}) at {own} ({place.Change}), expected {expected} ({reason})");
                }
            }
        }

        Assert.True(errors.Count == 0, string.Join('\n', errors.Take(20).Append($"{errors.Count} in all")));
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Families))]
    public void Encode_EveryConversation_LearnsTheTokensThatTouchAnswers(string family)
    {
        var conversations = Conversations();
        var (tokenizer, template) = Read(family);
        var encoder = ConversationEncoder.Create(tokenizer, template, LearnedTurns.Answers, _today);
        var errors = new List<string>();
        int compared = 0;
        foreach (var row in Rows(family).Where(r => r.GetProperty("error").ValueKind == JsonValueKind.Null && !r.GetProperty("add_generation_prompt").GetBoolean() && !r.GetProperty("kwargs").EnumerateObject().Any()))
        {
            string id = row.GetProperty("conversation").GetString()!;
            bool areFound = row.GetProperty("spans").EnumerateArray().Where(s => s.GetProperty("role").GetString() == "assistant")
                .All(s => s.GetProperty("rendered_as").ValueKind != JsonValueKind.Null && s.GetProperty("reason").GetString() != "altered");
            EncodedConversation encoded;
            try
            {
                encoded = encoder.Encode(conversations[id]);
            }
            catch (ModelException fault)
            {
                if (areFound)
                {
                    errors.Add($"{id}: refused: {fault.Message}");
                }

                continue;
            }

            if (!areFound)
            {
                errors.Add($"{id}: not refused");
                continue;
            }

            compared++;
            bool[] mask = [.. row.GetProperty("mask_touching").EnumerateArray().Select(m => m.GetInt32() == 1)];
            bool[] own = [.. encoded.IsLearned, .. new bool[mask.Length - encoded.Ids.Length]];
            if (!own.SequenceEqual(mask))
            {
                errors.Add($"{id}: learned {Bits(own)}, expected {Bits(mask)}");
            }

            int answers = conversations[id].Messages.Where(m => m.IsAnswer).Sum(m => Encoding.UTF8.GetByteCount(m.Content) + 1);
            if (encoded.Ids.Length > 0 && (encoded.EndsExclusive[^1] > answers || encoded.EndsExclusive[^1] < answers - 1 || encoded.EndsExclusive.Zip(encoded.EndsExclusive.Skip(1)).Any(e => e.First > e.Second)))
            {
                errors.Add($"{id}: ends at {encoded.EndsExclusive[^1]} of {answers}");
            }
        }

        Assert.True(errors.Count == 0, string.Join('\n', errors.Take(20).Append($"{errors.Count} in all")));
        Assert.True(compared > 20);
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Families))]
    public void EndsOfTurn_OfAFamily_AreItsMarks(string family)
    {
        var (tokenizer, template) = Read(family);
        using var families = JsonDocument.Parse(File.ReadAllText(Golden("families.json")));
        string[] marks = [.. families.RootElement.GetProperty("families").GetProperty(family).GetProperty("end_of_turn").EnumerateArray().Select(m => m.GetString()!)];

        string[] found = [.. ConversationEncoder.Create(tokenizer, template, LearnedTurns.Answers, _today).EndsOfTurn.Select(id => tokenizer.Vocabulary[id])];

        Assert.Equal(family == "invented-spaced" ? [] : marks.Order(), found.Order()); // that one writes a space before its mark
    }

    private static string Bits(bool[] bits) => string.Concat(bits.Select(b => b ? '1' : '0'));

    private static string Place(JsonElement range) => range.ValueKind == JsonValueKind.Null ? "null" : FormattableString.Invariant($"{range[0].GetInt32()},{range[1].GetInt32()}");

    private static string Golden(string name) => SharedData.Path("golden", "chat", name);

    private static (ITokenizer Tokenizer, ChatTemplate Template) Read(string family)
    {
        using var families = JsonDocument.Parse(File.ReadAllText(Golden("families.json")));
        var entry = families.RootElement.GetProperty("families").GetProperty(family);
        string tokenizers = SharedData.Path("data", "tokenizers-today");
        string folder = Path.Combine(tokenizers, entry.GetProperty("tokenizer").GetString()!);
        string template = Path.Combine(tokenizers, entry.GetProperty("template").GetString()!);
        var roles = new[] { "bos_token", "eos_token" }.ToDictionary(r => r, r => entry.GetProperty(r).GetString());
        return (TokenizerFolder.Load(folder), ChatTemplate.FromSource(File.ReadAllText(template), roles, template));
    }

    private static IEnumerable<JsonElement> Rows(string family) => File.ReadLines(Golden(family + ".jsonl")).Select(l => JsonDocument.Parse(l).RootElement);

    private static Dictionary<string, Conversation> Conversations()
        => File.ReadLines(Golden("conversations.jsonl")).Select(l => JsonDocument.Parse(l).RootElement).ToDictionary(c => c.GetProperty("id").GetString()!, c => new Conversation([.. c.GetProperty("messages").EnumerateArray().Select(Message)]));

    private static ChatMessage Message(JsonElement json)
    {
        string? content = json.TryGetProperty("content", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
        var fields = json.EnumerateObject().Where(p => p.Name != "role" && (p.Name != "content" || content is null)).ToDictionary(p => p.Name, p => p.Value);
        return new(json.GetProperty("role").GetString()!, content ?? "") { Fields = fields.Count > 0 ? fields : null };
    }
}

using System.Globalization;
using System.Text;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Pack;
using FuseSharp.Fusion.Records;
using FuseSharp.Testing;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Chat;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Fusion.Tests.Align;

/// <summary>Conversations that two models read in different templates.</summary>
public sealed class ConversationAlignerTests
{
    private const int K = 6;
    private static readonly DateTimeOffset _today = DateTimeOffset.Parse("2025-01-01T00:00:00Z", CultureInfo.InvariantCulture);

    // target  <pad> The un believ able </s>      source  <pad> ▁un believ able </s>: the space is its template's
    private static readonly SpelledTokenizer _target = new("The", "un", "believ", "able", "▁un", "x");
    private static readonly SpelledTokenizer _source = new("▁un", "▁unbeliev", "believ", "able", "un", "▁x", "x");

    [Fact]
    public void Align_TemplateInTheFirstToken_IsTakenOffAndTheEndIsTheTargets()
    {
        // An answer "unable": 6 bytes, and one for its end.
        var target = Read(_target, [1, 3, 5, 0], [0, 2, 6, 7], [0, 1, 1, 1]);
        var source = Read(_source, [1, 2, 5, 0], [0, 2, 6, 7], [0, 2, 1, 1], (2, 0.5), (0, 0.25), (6, 0.125));
        var aligner = new BoundaryAligner(_target, _source, conversations: new ConversationProjection(_target, [0], _source, [0]));

        var aligned = aligner.Align(target, source);

        Assert.Equal([0, 1, 2, -1], aligner.SourcePositions(target, source));
        // Before the answer "▁un" is "un" behind the template's space, "un" without it is something else; within it they are what they say. </s> ends it everywhere.
        Assert.Equal([3, 0], aligned.Rows.Indices[..2]);
        Assert.Equal([MathF.Log(0.5f), MathF.Log(0.25f)], aligned.Rows.Scores[..2], (a, b) => Math.Abs(a - b) < 1e-3f);
        Assert.Equal([6, 0, 3], aligned.Rows.Indices[2..5]);
        Assert.Equal([0, 2, 5, 8, 8], aligned.Rows.RowStarts);
    }

    [Fact]
    public void Align_ConversationBesidePlainText_IsRefused()
    {
        var target = Read(_target, [1, 3, 5, 0], [0, 2, 6, 7], [0, 1, 1, 1]);
        var aligner = new BoundaryAligner(_target, _source, conversations: new ConversationProjection(_target, [0], _source, [0]));

        var refusal = Assert.Throws<ArtifactException>(() => aligner.Align(target, _source.Represent("unable", (0, 1))));

        Assert.StartsWith("Document 0 is a conversation to the target and a plain text to the source", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pack_Conversations_StandWholeInABlockAndKeepWhatIsLearned()
    {
        DocumentRows Document(int number, int length) => new(number, new int[length], [], [], []) { Learned = new LearnedTokens([.. Enumerable.Range(0, length).Select(t => (byte)(t % 2))]) };

        var blocks = BlockPacker.Pack([Document(0, 5), Document(1, 4), Document(2, 3), new DocumentRows(3, new int[3], [], [], [])], blockLength: 8).ToList();

        Assert.Equal([5, 8, 2], blocks.Select(b => b.Ids.Length)); // the plain text is cut
        Assert.Equal([2, 2 + 1 + 1, 1], blocks.Select(b => b.Predicted));
        Assert.Equal([0, 1, 0, 1, 0, 1, 0, 1], blocks[1].Learned!.Codes);
        Assert.Null(blocks[2].Learned);
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("smollm2", "mistral-v0.3", "chatml", "mistral")]
    [InlineData("mistral-v0.3", "smollm2", "vicuna", "chatml")]
    [InlineData("olmo-2", "phi-4", "zephyr", "llama3")]
    [InlineData("mistral-nemo", "deepseek-v3", "mistral", "alpaca")]
    public void Align_RealTokenizersAndTemplates_RowsAreThoseOfTheOracle(string target, string source, string targetTemplate, string sourceTemplate)
    {
        var (targetTokenizer, targetEncoder) = Model(target, targetTemplate);
        var (sourceTokenizer, sourceEncoder) = Model(source, sourceTemplate);
        var projection = new ConversationProjection(targetTokenizer, targetEncoder.Conversations!.EndsOfTurn, sourceTokenizer, sourceEncoder.Conversations!.EndsOfTurn);
        var aligner = new BoundaryAligner(targetTokenizer, sourceTokenizer, conversations: projection);
        var random = new Random(7);
        int rows = 0;
        for (int n = 0; n < 25; n++)
        {
            var conversation = RandomConversation(random);
            var ofTarget = Represent(targetEncoder, targetTokenizer, conversation, random);
            var ofSource = Represent(sourceEncoder, sourceTokenizer, conversation, random);
            var (targetPlaces, sourcePlaces) = (Places(targetEncoder, targetTokenizer, conversation), Places(sourceEncoder, sourceTokenizer, conversation));

            var aligned = aligner.Align(ofTarget, ofSource);

            for (int t = 0; t < ofTarget.Ids.Length; t++)
            {
                int[] found = aligned.Rows.Indices[aligned.Rows.RowStarts[t]..aligned.Rows.RowStarts[t + 1]];
                int[] expected = [];
                if (targetPlaces[t] is { } place && Array.FindLastIndex(sourcePlaces, p => p?.Message == place.Message && p?.Read == place.Read) is >= 0 and var s && Array.FindLastIndex(targetPlaces, p => p == place) == t)
                {
                    expected = [.. Enumerable.Range(s * K, K).Select(c => Projected(ofSource.Logits.Indices[c], sourcePlaces[s]!, place, sourceTokenizer, sourceEncoder, targetTokenizer, targetEncoder)).Where(id => id >= 0).Distinct().Order()];
                    rows++;
                }

                Assert.Equal(expected, found.Order());
            }
        }

        Assert.True(rows > 100);
    }

    // Where a position stands: which answer, what of it is read, and how the next token begins.
    private sealed record Place(int Message, int Read, string Lead);

    private static Place?[] Places(PieceEncoder encoder, ITokenizer tokenizer, Conversation conversation)
    {
        var rendered = encoder.Conversations!.Render(conversation);
        byte[] bytes = Encoding.UTF8.GetBytes(rendered.Text);
        var tokens = tokenizer.Encode(rendered.Text);
        var places = new Place?[tokens.Count];
        for (int t = 0; t + 1 < tokens.Count; t++)
        {
            (int start, int end) = (tokens.EndsExclusive[t], tokens.EndsExclusive[t + 1]);
            for (int m = 0; m < conversation.Messages.Count; m++)
            {
                var content = rendered.Contents[m];
                bool touches = start == end ? start >= content.Start && start < content.EndExclusive : start < content.EndExclusive && end > content.Start;
                bool ends = start <= content.EndExclusive && end > content.EndExclusive && encoder.Conversations!.EndsOfTurn.Contains(tokens.Ids[t + 1]);
                if (conversation.Messages[m].IsAnswer && (touches || ends))
                {
                    places[t] = new(m, Math.Max(0, start - content.Start), start < content.Start ? Encoding.Latin1.GetString(bytes[start..content.Start]) : "");
                    break;
                }
            }
        }

        return places;
    }

    private static int Projected(int id, Place source, Place target, ITokenizer sourceTokenizer, PieceEncoder sourceEncoder, ITokenizer targetTokenizer, PieceEncoder targetEncoder)
    {
        if (sourceEncoder.Conversations!.EndsOfTurn.Contains(id) || id == sourceTokenizer.EndOfTextId)
        {
            return targetEncoder.Conversations!.EndsOfTurn[0];
        }

        string text = Encoding.Latin1.GetString(sourceTokenizer.TextOf(id).Span);
        return sourceTokenizer.IsSpecial(id) || !text.StartsWith(source.Lead, StringComparison.Ordinal) ? -1
            : targetTokenizer.EncodeContinuation(Encoding.Latin1.GetBytes(target.Lead + text[source.Lead.Length..])) is { Count: > 0 } first ? first[0] : -1;
    }

    private static Conversation RandomConversation(Random random)
    {
        string[] words = ["the", "lyre", "bird", "—", "naïve", "7", "42", "\n", "don't", "🌾", "(x)", "answer", "user", "a.b", "  "];
        string Text() => string.Join(' ', Enumerable.Range(0, 1 + random.Next(9)).Select(_ => words[random.Next(words.Length)])).Trim() is { Length: > 0 } text ? text : "so";
        return new([.. Enumerable.Range(0, 1 + random.Next(3)).SelectMany(_ => new[] { new ChatMessage("user", Text()), new ChatMessage("assistant", Text()) })]);
    }

    private static Representation Represent(PieceEncoder encoder, ITokenizer tokenizer, Conversation conversation, Random random)
    {
        var piece = encoder.Encode(conversation);
        int[] indices = [.. Enumerable.Range(0, piece.Count).SelectMany(t => Enumerable.Range(0, K)
            .Select(c => c == 0 && t + 1 < piece.Count ? piece.Ids[t + 1] : c == 1 ? tokenizer.EndOfTextId!.Value : random.Next(tokenizer.Vocabulary.Count)))];
        Half[] logits = [.. indices.Select(_ => (Half)(-3 - random.NextDouble()))];
        return new(default, piece.Ids, piece.EndsExclusive, new(K, indices, logits, new float[piece.Count]), new float[piece.Count]) { Learned = piece.Learned };
    }

    private static (ITokenizer Tokenizer, PieceEncoder Encoder) Model(string tokenizer, string template)
    {
        string folder = SharedData.Path("data", "tokenizers-today", tokenizer);
        var loaded = TokenizerFolder.Load(folder);
        return (loaded, new PieceEncoder(loaded, ConversationEncoder.Create(loaded, ChatTemplate.FromName(template, folder), LearnedTurns.Answers, _today)));
    }

    private static Representation Read(SpelledTokenizer tokenizer, int[] ids, int[] ends, byte[] learned, params (int Id, double Probability)[] candidates)
    {
        var one = tokenizer.Represent("x", candidates);
        int k = candidates.Length;
        return new(default, ids, ends, new(k, [.. ids.SelectMany(_ => one.Logits.Indices.Take(k))], [.. ids.SelectMany(_ => one.Logits.Logits.Take(k))], new float[ids.Length]), new float[ids.Length]) { Learned = new(learned) };
    }
}

using System.Text;
using System.Text.Json;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Tests;

/// <summary>Where tokens stand in the original text.</summary>
public sealed class TokenSpanTests
{
    // Without a normalizer a token covers the very bytes that it stands for, in the text's own order; before them those that the vocabulary cannot spell.
    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("deepseek-v3")]
    [InlineData("falcon-7b")] // steps behind the writing of bytes
    [InlineData("granite-4.0")]
    [InlineData("mistral-nemo")]
    [InlineData("olmo-2")]
    [InlineData("smollm2")]
    [InlineData("mistral-v0.1")] // a space before the text
    [InlineData("mistral-v0.3")]
    [InlineData("spm-bpe-noprefix-bytes")] // tokenizer.model
    public void Span_WithoutNormalizer_IsTheTokensOwnBytes(string name)
    {
        var tokenizer = TokenizerFolder.Load(SharedData.Path("data", "tokenizers-today", name));
        int compared = 0;
        foreach (string text in Texts().Where(t => !t.Contains('▁', StringComparison.Ordinal))) // which SentencePiece takes for a space
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            var tokens = tokenizer.Encode(text);
            int start = 0;
            for (int i = 0; i < tokens.Count; i++)
            {
                int end = tokens.EndsExclusive[i];
                byte[] own = tokenizer.TextOf(tokens.Ids[i]).ToArray();
                bool isPrefixed = tokenizer.Family == TokenizerFamily.SentencePiece && own is [(byte)' ', ..] && own.AsSpan(1).SequenceEqual(bytes.AsSpan(start, end - start));
                Assert.True(tokenizer.IsSpecial(tokens.Ids[i]) || bytes.AsSpan(start, end - start).EndsWith(own) || isPrefixed, $"{JsonSerializer.Serialize(text)}: token {i}, {tokenizer.Vocabulary[tokens.Ids[i]]}, stands at {start}-{end}");
                start = end;
                compared++;
            }
        }

        Assert.True(compared > 2000);
    }

    // UTF-8: ﬁ and ㈱ have three bytes, é two; ﬁ becomes f and i, ㈱ becomes (株), the spaces one.
    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("spm-unigram-nmt-nfkc", "tokenizer.json")]
    [InlineData("spm-unigram-nmt-nfkc", "tokenizer.model")]
    [InlineData("spm-bpe-nmt-nfkc-bytes", "tokenizer.model")]
    [InlineData("t5-small", "tokenizer.json")]
    public void Span_BehindANormalizer_EndsWhereTheCharacterDoes(string name, string file)
    {
        var tokenizer = TokenizerFolder.Load(SharedData.Path("data", "tokenizers-today", name, file));
        const string Text = "the ﬁne  ㈱ café the";
        int[] borders = [.. Enumerable.Range(0, Text.Length + 1).Select(n => Encoding.UTF8.GetByteCount(Text[..n]))];

        var tokens = tokenizer.Encode(Text);

        // No token but one of a single byte ends inside a character, and the words at both ends keep their own bytes.
        Assert.All(tokens.Ids.Zip(tokens.EndsExclusive), t => Assert.True(borders.Contains(t.Second) || TokenBytes.ByteOf(tokenizer.Vocabulary[t.First]) >= 0));
        Assert.Contains(3, tokens.EndsExclusive);
        Assert.Contains(Encoding.UTF8.GetByteCount(Text) - " the".Length, tokens.EndsExclusive);
        Assert.Contains(Encoding.UTF8.GetByteCount("the ﬁne"), tokens.EndsExclusive);
    }

    [Fact]
    public void Span_OfWordPieces_TakesTheSpacesBeforeThem()
    {
        using var folder = new ScratchFolder();
        folder.Write("tokenizer.json", """
            {"normalizer":{"type":"BertNormalizer","lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},"decoder":{"type":"WordPiece","prefix":"##","cleanup":false},
             "model":{"type":"WordPiece","unk_token":"[UNK]","vocab":{"[UNK]":0,"un":1,"##real":2,"!":3,"ab":4}}}
            """u8.ToArray());
        var tokenizer = TokenizerFolder.Load(folder.Path);

        var tokens = tokenizer.Encode("Unreal  áb !xyz ");

        Assert.Equal([1, 2, 4, 3, 0], tokens.Ids);
        Assert.Equal([2, 6, 11, 13, 17], tokens.EndsExclusive); // á has two bytes; the last token ends with the text
        Assert.Equal(" ab", Encoding.UTF8.GetString(tokenizer.TextOf(4).Span));
        Assert.Equal("real", Encoding.UTF8.GetString(tokenizer.TextOf(2).Span));
        Assert.Equal("unreal ab !", tokenizer.Decode([1, 2, 4, 3]));
    }

    private static IEnumerable<string> Texts() => File.ReadLines(SharedData.Path("golden", "tokenizers-today", "smollm2.jsonl")).Select(l =>
    {
        using var document = JsonDocument.Parse(l);
        return document.RootElement.GetProperty("text").GetString()!;
    });
}

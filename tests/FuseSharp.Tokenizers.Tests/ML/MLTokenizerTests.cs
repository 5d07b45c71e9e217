using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.ML;
using Microsoft.ML.Tokenizers;

namespace FuseSharp.Tokenizers.Tests.ML;

/// <summary>The adapter to Microsoft.ML.Tokenizers: offsets and cuts against a slow count of bytes, on tokenizers of every family.</summary>
public sealed class MLTokenizerTests
{
    private static readonly string[] _texts =
    [
        "", "a", " ", "Gets the XmlNode, or null.\n\n\tReturns: true", "naïve café – “quoted”", "日本語のテキストと한국어", "😀", "x😀😀y 👩‍👩‍👧 🇩🇪 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
        "  two  spaces  ", "e\u0301a\u0323 ﬁ Å", "half \uD83D pair \uDE00", "<|endoftext|>after</s> <s>", new string('a', 300), "def f(x):\n    return x ** 2  # \u00a0done",
    ];

    private static readonly ConcurrentDictionary<string, ITokenizer> _loaded = new(StringComparer.Ordinal);

    /// <summary>Tokenizers of the repository, then those of the shared folder: byte-level, SentencePiece with and without bytes, with normalizers.</summary>
    public static IEnumerable<TheoryDataRow<string>> Folders
        =>
        [
            .. new[] { "web", "data", "security" }.Select(DemoModels.Path).Append(GoldenSet.Path("tokenizers-today", "invented-plain")).Append(GoldenSet.Path("tokenizers-today", "spm-bpe-nobytes"))
                .Select(p => new TheoryDataRow<string>(p)),
            .. new[] { "tokenizers/gpt-neox-20b", "tokenizers/mistral-7b-v0.1", "tokenizers-today/qwen3", "tokenizers-today/phi-3", "tokenizers-today/mistral-v0.3", "tokenizers-today/spm-bpe-noprefix-bytes" }
                .Select(p => SharedData.IsMissing ? new TheoryDataRow<string>(p) { Skip = SharedData.MissingReason } : new TheoryDataRow<string>(SharedData.Path("data", p))),
        ];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Encode_HardTexts_CountsOffsetsInUnitsOfTheText(string folder)
    {
        var inner = Loaded(folder);
        var tokenizer = new MLTokenizer(inner);
        foreach (string text in _texts)
        {
            var expected = inner.Encode(text);
            var tokens = tokenizer.EncodeToTokens(text, out string? normalized);
            Assert.Null(normalized);
            Assert.Equal(expected.Ids, tokens.Select(t => t.Id));
            Assert.Equal(expected.Ids, tokenizer.EncodeToIds(text));
            Assert.Equal(expected.Ids, tokenizer.EncodeToIds(text.AsSpan()));
            Assert.Equal(expected.Count, tokenizer.CountTokens(text));
            Assert.Equal(expected.Ids.Select(id => inner.Vocabulary[id]), tokens.Select(t => t.Value));
            Assert.Equal(expected.Ids.Select((_, t) => Slow(text, t == 0 ? 0 : expected.EndsExclusive[t - 1], expected.EndsExclusive[t])), tokens.Select(t => t.Offset));
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Encode_MostTokens_CutsBetweenCharacters(string folder)
    {
        var inner = Loaded(folder);
        var tokenizer = new MLTokenizer(inner);
        foreach (string text in _texts)
        {
            var (ids, ends) = inner.Encode(text);
            for (int most = 1; most <= ids.Length + 1; most++)
            {
                int first = Enumerable.Range(0, Math.Min(most, ids.Length) + 1).Last(n => IsBoundary(text, ends, n));
                int index = first == ids.Length ? text.Length : IndexOf(text, ends, first);
                Assert.Equal(ids[..first], tokenizer.EncodeToIds(text, most, out string? normalized, out int consumed));
                Assert.Equal((null, index), (normalized, consumed));
                Assert.Equal((index, first), (tokenizer.GetIndexByTokenCount(text, most, out _, out int count), count));

                int start = Enumerable.Range(Math.Max(0, ids.Length - most), Math.Min(most, ids.Length) + 1).First(n => IsBoundary(text, ends, n));
                int from = tokenizer.GetIndexByTokenCountFromEnd(text, most, out _, out int last);
                Assert.Equal((start == ids.Length ? text.Length : IndexOf(text, ends, start), ids.Length - start), (from, last));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Decode_OfEncoded_IsTheTokenizersTextInAnyBuffer(string folder)
    {
        var inner = Loaded(folder);
        var tokenizer = new MLTokenizer(inner);
        foreach (string text in _texts)
        {
            int[] ids = inner.Encode(text).Ids;
            string whole = inner.Decode(ids);
            Assert.Equal(whole, tokenizer.Decode(ids));
            foreach (int size in new[] { 0, 1, whole.Length / 2, whole.Length - 1, whole.Length, whole.Length + 5 }.Where(s => s >= 0))
            {
                char[] buffer = new char[size];
                var status = tokenizer.Decode(ids, buffer, out int consumed, out int written);
                Assert.Equal(size >= whole.Length ? OperationStatus.Done : OperationStatus.DestinationTooSmall, status);
                Assert.Equal(whole, new string(buffer, 0, written) + inner.Decode(ids.AsSpan(consumed)));
            }
        }
    }

    [Theory]
    [InlineData("web")]
    [InlineData("security")]
    public void Decode_OfEncoded_IsTheText(string model)
    {
        var tokenizer = new MLTokenizer(TokenizerFolder.Load(DemoModels.Path(model)));

        Assert.All(_texts.Where(t => !t.StartsWith("half", StringComparison.Ordinal) && !t.Contains("<s>", StringComparison.Ordinal)), t => Assert.Equal(t, tokenizer.Decode(tokenizer.EncodeToIds(t))));
    }

    [Fact]
    public void EncodeToTokens_PairOfSeveralTokens_GivesEachTheWholePair()
    {
        var tokenizer = new MLTokenizer(TokenizerFolder.Load(DemoModels.Path("web")));

        var tokens = tokenizer.EncodeToTokens("a😀b", out _);

        Assert.Equal((0..1, 3..4), (tokens[0].Offset, tokens[^1].Offset)); // 😀 is units 1 and 2, and no token of this small vocabulary
        Assert.True(tokens.Count > 3, "The pair is one token.");
        Assert.All(tokens.Skip(1).SkipLast(1), t => Assert.Equal(1..3, t.Offset));
        Assert.Equal(1, tokenizer.GetIndexByTokenCount("a😀b", 2, out _, out int count));
        Assert.Equal(1, count); // a; not a and a quarter of the pair
        Assert.Equal(3, tokenizer.GetIndexByTokenCountFromEnd("a😀b", 2, out _, out count));
        Assert.Equal(1, count);
    }

    [Fact]
    public void Encode_StepsLeftOut_AreRefused()
    {
        var tokenizer = new MLTokenizer(TokenizerFolder.Load(DemoModels.Path("web")));

        Assert.Throws<NotSupportedException>(() => tokenizer.EncodeToIds("a", considerNormalization: false));
        Assert.Throws<NotSupportedException>(() => tokenizer.CountTokens("a", considerPreTokenization: false));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.EncodeToIds("a", -1, out _, out _));
        Assert.Equal((0, 0), (tokenizer.EncodeToIds("a", 0, out _, out int consumed).Count, consumed));
        Assert.Empty(tokenizer.EncodeToIds((string)null!)); // as Microsoft's own have it
    }

    [Fact]
    public void Decode_IdsThatThereAreNot_AreRefused()
    {
        var tokenizer = new MLTokenizer(TokenizerFolder.Load(DemoModels.Path("web")));

        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([1 << 20]));
        Assert.Equal(OperationStatus.InvalidData, tokenizer.Decode([5, -1], new char[9], out int consumed, out int written));
        Assert.Equal((0, 0), (consumed, written));
    }

    [Fact]
    public void Vocabulary_Tokens_HaveTheirIds()
    {
        var tokenizer = new MLTokenizer(TokenizerFolder.Load(DemoModels.Path("web")));

        Assert.Equal(tokenizer.Inner.EncodeContinuation(" the"u8), [tokenizer.Vocabulary["Ġthe"]]);
        Assert.All(tokenizer.Vocabulary, t => Assert.Equal(t.Key, tokenizer.Inner.Vocabulary[t.Value]));
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Encode_Mistral_GivesTheIdsOfMicrosoftsOwn()
    {
        string folder = SharedData.Path("data", "tokenizers", "mistral-7b-v0.1");
        using var file = File.OpenRead(Path.Combine(folder, "tokenizer.model"));
        Tokenizer theirs = LlamaTokenizer.Create(file, addBeginOfSentence: false);
        Tokenizer ours = new MLTokenizer(TokenizerFolder.Load(folder));

        Assert.All(_texts[3..8], t => Assert.Equal(theirs.EncodeToIds(t), ours.EncodeToIds(t)));
        Assert.All(_texts[3..8], t => Assert.Equal(theirs.Decode(theirs.EncodeToIds(t)), ours.Decode(ours.EncodeToIds(t))));
    }

    [Fact]
    public void Readme_Example_PrintsWhatItSays()
    {
        string path = DemoModels.Path("web");
        string text = "Gets the node’s name 😀.";
        // README
        Tokenizer tokenizer = new MLTokenizer(TokenizerFolder.Load(path));
        int tokens = tokenizer.CountTokens(text);
        string beginning = text[..tokenizer.GetIndexByTokenCount(text, 12, out _, out int count)];
        // end

        Assert.Equal((15, 10, "Gets the node’s name "), (tokens, count, beginning));
        string own = File.ReadAllText(Path.Combine(GoldenFile.Repository, "tests/FuseSharp.Tokenizers.Tests/ML/MLTokenizerTests.cs")).Split("// README\n")[1].Split("// end")[0];
        string readme = File.ReadAllText(Path.Combine(GoldenFile.Repository, "src/FuseSharp.Tokenizers.ML/README.md"));
        Assert.All(own.Trim().Split('\n'), line => Assert.Contains(line.Trim(), readme, StringComparison.Ordinal));
    }

    private static ITokenizer Loaded(string folder) => _loaded.GetOrAdd(folder, TokenizerFolder.Load);

    // Characters of a text as byte ends: [text.Length + 1], the same for both halves of a pair.
    private static int[] Bytes(string text)
    {
        int[] bytes = [.. Enumerable.Range(0, text.Length + 1).Select(n => Encoding.UTF8.GetByteCount(text[..n]))];
        for (int i = 1; i < text.Length; i++)
        {
            bytes[i] = char.IsSurrogatePair(text[i - 1], text[i]) ? -1 : bytes[i]; // no place between two characters
        }

        return bytes;
    }

    private static Range Slow(string text, int from, int to)
    {
        int[] bytes = Bytes(text);
        return Array.FindLastIndex(bytes, b => b >= 0 && b <= from)..Array.FindIndex(bytes, b => b >= to);
    }

    private static bool IsBoundary(string text, int[] ends, int count) => count == 0 || count == ends.Length || Bytes(text).Contains(ends[count - 1]);

    private static int IndexOf(string text, int[] ends, int count) => count == 0 ? 0 : Array.IndexOf(Bytes(text), ends[count - 1]);
}

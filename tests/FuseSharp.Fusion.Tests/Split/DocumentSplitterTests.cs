using System.Text;
using FuseSharp.Fusion.Split;
using FuseSharp.Testing;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Fusion.Tests.Split;

public class DocumentSplitterTests
{
    private static readonly ITokenizer[] _tokenizers = [.. new[] { "security", "data", "web" }.Select(m => TokenizerFolder.Load(DemoModels.Path(m)))];

    private static readonly string[] _words = ["the", "key", "of", "certificate", "Encrypts", "a", "stream", "with", "HMACSHA256", "naïve", "Größe", "データ", "😀", "x"];

    [Theory]
    [InlineData(120)]
    [InlineData(200)]
    [InlineData(464)]
    public void Split_Prose_GivesEvenPiecesThatEndWithAWord(int threshold)
    {
        var random = new Random(threshold);
        var splitter = new DocumentSplitter(_tokenizers, threshold);
        for (int d = 0; d < 30; d++)
        {
            string text = Prose(random, 20 + random.Next(4000));

            var pieces = splitter.Split(text);

            Assert.Equal(text, string.Concat(pieces));
            int[] lengths = [.. pieces.Select(p => _tokenizers.Max(t => t.Encode(p).Count))];
            Assert.All(lengths, n => Assert.InRange(n, 1, threshold));
            Assert.All(lengths.Zip(lengths.Skip(1)), n => Assert.True(2 * Math.Min(n.First, n.Second) >= Math.Max(n.First, n.Second), $"{n}"));
            Assert.All(pieces.Zip(pieces.Skip(1)), p => Assert.True(p.First[^1] == '\n' || (!char.IsWhiteSpace(p.First[^1]) && char.IsWhiteSpace(p.Second[0])), $"'{p.First[^10..]}' | '{p.Second}'"));
        }
    }

    [Fact]
    public void Split_LinesAndParagraphs_CutsThere()
    {
        // 40 lines of about 12 tokens; a piece holds about 6 of them.
        string line = "Gets the key of the certificate.\n";
        string text = string.Concat(Enumerable.Range(1, 40).Select(i => line + (i % 7 == 0 ? "\n" : "")));

        var pieces = new DocumentSplitter(_tokenizers, 100).Split(text);

        Assert.All(pieces, p => Assert.EndsWith("\n", p, StringComparison.Ordinal));
        Assert.Contains(pieces, p => p.EndsWith("\n\n", StringComparison.Ordinal));
    }

    [Fact]
    public void Split_OneTokenTooMany_GivesHalvesAndNoCrumb()
    {
        string text = string.Join(' ', Enumerable.Repeat("key", 400));
        int count = _tokenizers.Max(t => t.Encode(text).Count);

        var pieces = new DocumentSplitter(_tokenizers, count - 1).Split(text);

        Assert.Equal(2, pieces.Count);
        Assert.All(pieces, p => Assert.InRange(p.Length, text.Length * 3 / 8, text.Length * 5 / 8));
        Assert.Equal([text], new DocumentSplitter(_tokenizers, count).Split(text));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("😀")]
    [InlineData("é")]
    [InlineData("\n")]
    [InlineData("データ")]
    public void Split_NothingToCutAt_KeepsCharactersWhole(string unit)
    {
        string text = string.Concat(Enumerable.Repeat(unit, 900));

        var pieces = new DocumentSplitter(_tokenizers, 30).Split(text);

        Assert.Equal(text, string.Concat(pieces));
        Assert.All(pieces, p => Assert.InRange(_tokenizers.Max(t => t.Encode(p).Count), 1, 30));
    }

    [Fact]
    public void Split_ContextOfFourTokens_StillEnds()
        => Assert.Equal("😀😀 abc", string.Concat(new DocumentSplitter(_tokenizers, 4).Split("😀😀 abc")));

    private static string Prose(Random random, int words)
    {
        var text = new StringBuilder();
        for (int w = 0; w < words; w++)
        {
            text.Append(w == 0 ? "" : random.Next(12) switch { 0 => "\n", 1 => random.Next(5) == 0 ? "\n\n" : " ", _ => " " }).Append(_words[random.Next(_words.Length)]);
        }

        return text.ToString();
    }
}

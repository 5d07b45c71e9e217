using FuseSharp.Models.Generate;
using FuseSharp.Pipeline.Write;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Pipeline.Tests.Write;

/// <summary>Which written documents are taken.</summary>
public sealed class WrittenTextsTests
{
    [Fact]
    public void Add_LoopsDuplicatesCopiesAndNothing_AreLeftOutAndCounted()
    {
        string given = Words(1, 120);
        var known = new KnownTexts();
        known.Add(given);
        var texts = new WrittenTexts(new WriteOptions { Count = 100 }, TokenizerFolder.Load(DemoModels.Path("security")), known);

        string[] written = [Words(2, 40), " \n", Words(2, 40), string.Concat(Enumerable.Repeat("and the key ", 30)), "It says: " + given[20..320] + " and more.", "It says: " + given[20..100] + " and more.", "the the the"];
        for (int i = 0; i < written.Length; i++)
        {
            texts.Add(new WrittenText(i, "", written[i], i == 0 ? FinishReason.Length : FinishReason.Stop));
        }

        Assert.Equal([written[0], written[5], written[6]], texts.Texts); // a short text in circles may be one
        Assert.Equal([3, 7, 1, 1, 1, 1, 1], new[] { "documents", "written", "left_out.empty", "left_out.duplicates", "left_out.loops", "left_out.copies", "cut_at_max_tokens" }.Select(f => texts.Figures[f]));
        Assert.Equal(written.Where((_, i) => i is 0 or 5 or 6).Sum(t => t.Length), texts.Figures["bytes"]);
    }

    [Fact]
    public void Wanted_FollowsFromWhatWasTaken()
    {
        var tokenizer = TokenizerFolder.Load(DemoModels.Path("security"));
        var counted = new WrittenTexts(new WriteOptions { Count = 3 }, tokenizer, new KnownTexts());
        var measured = new WrittenTexts(new WriteOptions { Bytes = 1000 }, tokenizer, new KnownTexts());

        Assert.Equal((3, 2, 32), (counted.Wanted(10), counted.Wanted(2), measured.Wanted(4096)));
        string text = Words(3, 20);
        counted.Add(new(0, "", text, FinishReason.Stop));
        measured.Add(new(0, "", text, FinishReason.Stop));

        Assert.Equal(2, counted.Wanted(10));
        Assert.Equal((int)Math.Ceiling((1000.0 - text.Length) / text.Length), measured.Wanted(4096));
        Assert.False(measured.IsFull);
    }

    // Known texts and a text with passages of them at random places; the oracle compares every place with every place.
    [Fact]
    public void LongestIn_RandomTexts_IsWhatAnOracleFinds()
    {
        var random = new Random(5);
        int found = 0;
        for (int n = 0; n < 60; n++)
        {
            string given = Letters(random, 200 + random.Next(600));
            int from = random.Next(given.Length - 100);
            int length = 40 + random.Next(Math.Min(400, given.Length - from - 40));
            string text = $"{Letters(random, random.Next(100))}{given.AsSpan(from, length)}{Letters(random, random.Next(100))}";
            var known = new KnownTexts();
            known.Add(given);

            int blocks = 0;
            for (int at = 0; at < given.Length / KnownTexts.Block; at++)
            {
                int run = 0;
                while ((at + run + 1) * KnownTexts.Block <= given.Length && text.Contains(given.Substring(at * KnownTexts.Block, (run + 1) * KnownTexts.Block), StringComparison.Ordinal))
                {
                    run++;
                }

                blocks = Math.Max(blocks, run);
            }

            Assert.Equal(blocks * KnownTexts.Block, known.LongestIn(text));
            found += blocks;
        }

        Assert.True(found > 60);
        Assert.Equal(0, new KnownTexts().LongestIn("short"));
    }

    private static string Letters(Random random, int count) => new([.. Enumerable.Range(0, count).Select(_ => (char)('a' + random.Next(26)))]);

    private static string Words(int seed, int count)
    {
        var random = new Random(seed);
        string[] words = ["The", "key", "returns", "an", "element", "of", "this", "stream", "before", "closing", "socket", "writer", "null", "certificate", "node", "hash"];
        return string.Join(' ', Enumerable.Range(0, count).Select(_ => words[random.Next(words.Length)]));
    }
}

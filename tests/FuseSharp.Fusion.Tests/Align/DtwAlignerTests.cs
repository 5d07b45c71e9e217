using CsCheck;
using FuseSharp.Fusion.Align;
using FuseSharp.Testing;
using FuseSharp.Testing.Oracles;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Fusion.Tests.Align;

public sealed class DtwAlignerTests
{
    // Few letters and short words, so that ties and repeated tokens are everywhere; one word is longer than a byte counts.
    private static readonly string[] _words = ["a", "b", "ab", "ba", "aab", "abc", "c", "▁a", "▁ab", "▁abc", "cc", "abcabc", "𝒳", new string('z', 300)];
    private static readonly SpelledTokenizer _target = new(_words);
    private static readonly SpelledTokenizer _source = new([.. _words.Reverse()]);

    [Fact]
    public void Warp_RandomSequences_PathAndCostAreTheWholeTables()
        => Gen.Select(Gen.Int[0, _words.Length - 1].Array[1, 40], Gen.Int[0, _words.Length - 1].Array[1, 40]).Sample((source, target) => Compare(new(new(_target, _source)), source, target), iter: 300, threads: 1);

    [Fact]
    public void Warp_SequencesThatMostlyAgree_PathAndCostAreTheWholeTables()
    {
        var warper = new DtwAligner(new(_target, _source)); // one for all: nothing of a document may stay behind for the next
        Gen.Select(Gen.Int[0, _words.Length - 1].Array[1, 80], Gen.Int[0, 9].Array[80], Gen.Int[0, 30]).Sample((target, changes, cut) =>
        {
            int[] source = target.SelectMany((w, i) => changes[i] switch { 0 => new[] { w, 0 }, 1 => [], 2 => [1], _ => [w] }).Take(60 - cut).ToArray();

            Compare(warper, source.Length == 0 ? [0] : source, target);
        }, iter: 300, threads: 1);
    }

    [Fact]
    public void Warp_LongSequencesOfRealTokens_TheKernelsPathIsThatOfEachCell()
    {
        var tokens = new TokenSpellings(Small("llama_target"), Small("mpt_source"));
        var (kernel, cells) = (new DtwAligner(tokens), new DtwAligner(tokens, usesKernel: false));
        Gen.Select(Gen.Int[0, tokens.OfSource.Length - 1].Array[1, 300], Gen.Int[0, tokens.OfTarget.Length - 1].Array[1, 300]).Sample((source, target) =>
        {
            var expected = cells.Warp(source, target);

            var path = kernel.Warp(source, target);

            Assert.Equal(expected.Cost, path.Cost);
            Assert.Equal(expected.Links.First, path.Links.First);
            Assert.Equal(expected.Links.Last, path.Links.Last);
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void Warp_CostsBeyondSixteenBits_PathAndCostAreTheWholeTables()
    {
        // Words of 200 letters against other letters: 32,000 in all, where the kernel's numbers end at 24,000.
        string[] words = [new string('x', 200), new string('y', 200), "z"];
        var warper = new DtwAligner(new(new SpelledTokenizer(words), new SpelledTokenizer(words)));
        int[] source = [.. Enumerable.Repeat(0, 160), 2];
        int[] target = [.. Enumerable.Repeat(1, 150), 2, 2];

        var path = warper.Warp([.. source.Select(w => w + 2)], [.. target.Select(w => w + 2)]);

        var (cost, rows) = WarpOracle.Warp([.. source.Select(w => words[w])], [.. target.Select(w => words[w])]);
        Assert.True(cost > WarpKernel.Most);
        Assert.Equal(cost, path.Cost);
        Assert.Equal(rows, Rows(path));
    }

    [Theory]
    [InlineData("open_llama_source")]
    [InlineData("mpt_source")]
    public void Warp_SmallGoldens_PathsAreTheReferences(string source)
    {
        var warper = new DtwAligner(new(Small("llama_target"), Small(source)));
        var targets = FuseLlmGoldens.Lines("small", "represent", "llama_target.jsonl");
        var sources = FuseLlmGoldens.Lines("small", "represent", source + ".jsonl");
        var paths = FuseLlmGoldens.Lines("small", "align", "paths.jsonl").Where(p => p.GetProperty("source").GetString() == source);
        int compared = 0;
        foreach (var ((target, own), expected) in targets.Zip(sources).Zip(paths))
        {
            Compare(expected, warper.Warp(own.Integers("input_ids"), target.Integers("input_ids")));
            compared++;
        }

        Assert.Equal(62, compared);
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Warp_RealGoldens_PathsAreTheReferences()
    {
        var warper = new DtwAligner(new(
            TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "mistral-7b-v0.1")), TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "gpt-neox-20b"))));
        var targets = FuseLlmGoldens.Lines("real", "represent.llama_target.jsonl.gz");
        var sources = FuseLlmGoldens.Lines("real", "represent.mpt_source.jsonl.gz");
        int compared = 0;
        foreach (var ((target, source), expected) in targets.Zip(sources).Zip(FuseLlmGoldens.Lines("real", "paths.jsonl.gz")))
        {
            Compare(expected, warper.Warp(source.Integers("input_ids"), target.Integers("input_ids")));
            compared++;
        }

        Assert.Equal(22, compared);
    }

    private static void Compare(System.Text.Json.JsonElement expected, DtwPath path)
    {
        Assert.Equal(expected.GetProperty("cost").GetDouble(), path.Cost);
        Assert.Equal(expected.IntegerRows("source_positions_of_target"), Rows(path));
    }

    private static void Compare(DtwAligner warper, int[] source, int[] target)
    {
        // Tokens 0 and 1 of both are special; the source's words stand in reverse.
        int[] sourceIds = [.. source.Select(w => 2 + _words.Length - 1 - w)];
        int[] targetIds = [.. target.Select(w => 2 + w)];

        var path = warper.Warp(sourceIds, targetIds);

        var (cost, rows) = WarpOracle.Warp([.. source.Select(w => _words[w].Replace("▁", ""))], [.. target.Select(w => _words[w].Replace("▁", ""))]);
        Assert.Equal(cost, path.Cost);
        Assert.Equal(rows, Rows(path));
    }

    private static int[][] Rows(DtwPath path) => [.. path.Links.First.Select((f, j) => Enumerable.Range(f, path.Links.Last[j] - f + 1).ToArray())];

    private static ITokenizer Small(string model) => TokenizerFolder.Load(FuseLlmGoldens.Path("small", "models", model));
}

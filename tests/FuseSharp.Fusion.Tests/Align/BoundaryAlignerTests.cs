using CsCheck;
using FuseSharp.Errors;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing.Oracles;

namespace FuseSharp.Fusion.Tests.Align;

public sealed class BoundaryAlignerTests
{
    private static readonly SpelledTokenizer _target = new("The", "▁un", "believ", "able", "▁", "a", "b", "e", "l", "i", "v", "n", "u", "T", "h");
    private static readonly SpelledTokenizer _source = new("The", "▁unbeliev", "able", "▁unbelievable", "▁the", "ab", "a", "b", "l", "e", "▁", "T", "h", "u", "n", "i", "v");

    [Fact]
    public void SourcePositions_TokensOfDifferentLengths_OnlyCommonEndsAreTaken()
    {
        var target = _target.Represent("The unbelievable");
        var source = _source.Represent("The unbelievable", (0, 1));

        // target The| un|believ|able|</s>, source The| unbelievable|</s>
        Assert.Equal([0, -1, -1, 1, -1], new BoundaryAligner(_target, _source).SourcePositions(target, source));
    }

    [Fact]
    public void SourcePositions_ZeroWidthPrefixTokens_TheLastOnesAreTaken()
    {
        var target = _target.Represent("able") with { Ids = [6, 5, 0], EndsExclusive = [0, 4, 4] };
        var source = _source.Represent("able") with { Ids = [12, 12, 4, 0], EndsExclusive = [0, 0, 4, 4] };

        Assert.Equal([1, 2, -1], new BoundaryAligner(_target, _source).SourcePositions(target, source));
    }

    [Fact]
    public void Align_TwoSourceTokensBeginAlike_TheirProbabilitiesAddUp()
    {
        var aligner = new BoundaryAligner(_target, _source);
        var source = _source.Represent("The", (3, 0.5), (5, 0.25), (0, 0.125), (1, 0.0625));

        var aligned = aligner.Align(_target.Represent("The"), source);

        // " unbeliev" and " unbelievable" both begin with the target's " un": 0.75; the end of text keeps 0.125; <pad> has no counterpart.
        Assert.Equal([0, 2, 2], aligned.Rows.RowStarts);
        Assert.Equal([3, 0], aligned.Rows.Indices);
        Assert.Equal([MathF.Log(0.75f), MathF.Log(0.125f)], aligned.Rows.Scores.Select(w => w), (a, b) => Math.Abs(a - b) < 1e-3f);
        Assert.Equal(1, aligned.Coverage.CoveredPositions);
        Assert.Equal(0.9375, aligned.Coverage.StoredMass, 1e-3);
        Assert.Equal(0.875, aligned.Coverage.ArrivedMass, 1e-3);
    }

    [Fact]
    public void Align_EqualProbabilities_RowIsInIdOrder()
    {
        var source = _source.Represent("The", (10, 0.25), (8, 0.25), (9, 0.25));

        var aligned = new BoundaryAligner(_target, _source).Align(_target.Represent("The"), source);

        Assert.Equal(aligned.Rows.Indices.Order(), aligned.Rows.Indices);
    }

    [Fact]
    public void Align_RandomTexts_PositionsAreTheOraclesAndMassIsKept()
    {
        string[] words = ["The", " un", "believ", "able", "ab", " ", "e", "l"];
        var texts = Gen.Int[0, words.Length - 1].Array[0, 30].Select(numbers => string.Concat(numbers.Select(n => words[n])));
        texts.Sample(text =>
        {
            var target = _target.Represent(text);
            var source = _source.Represent(text, (3, 0.5), (5, 0.3), (4, 0.1), (7, 0.1));
            var aligner = new BoundaryAligner(_target, _source);

            var aligned = aligner.Align(target, source);

            Assert.Equal(BoundaryOracle.SourcePositions(target, 0, source, 0), aligner.SourcePositions(target, source));
            double mass = aligned.Rows.Scores.Sum(w => Math.Exp(w));
            Assert.Equal(aligned.Coverage.StoredMass, mass, 1e-4);
            Assert.Equal(aligned.Coverage.ArrivedMass, mass, 1e-4);
        }, iter: 300);
    }

    [Fact]
    public void Align_OtherText_RefusesWithPlace()
    {
        var aligner = new BoundaryAligner(_target, _source);

        var length = Assert.Throws<ArtifactException>(() => aligner.Align(_target.Represent("able"), _source.Represent("ab", (0, 1))));
        var letter = Assert.Throws<ArtifactException>(() => aligner.Align(_target.Represent("able"), _source.Represent("abel", (0, 1))));

        Assert.Equal("Document 0: the target's tokens cover 4 bytes, the source's 2; both must come from the same text. Run 'represent' again for one of them.", length.Message);
        Assert.Equal("Document 0: at byte 2 the target's tokens spell 'l', the source's 'e'; both must come from the same text. Run 'represent' again for one of them.", letter.Message);
    }

    [Fact]
    public void Align_DamagedInput_RefusesWithPlace()
    {
        var aligner = new BoundaryAligner(_target, _source);
        var target = _target.Represent("able");
        var source = _source.Represent("able", (0, 1));

        string Refusal(Representation t, Representation s) => Assert.Throws<ArtifactException>(() => aligner.Align(t, s)).Message;

        Assert.StartsWith("Document 0 of the target's representation is paired with document 7", Refusal(target, source with { Id = new PieceId(7, 0) }), StringComparison.Ordinal);
        Assert.StartsWith("Document 0 of the target's representation holds no token", Refusal(target with { Ids = [] }, source), StringComparison.Ordinal);
        Assert.StartsWith("Document 0 of the source's representation: token id 99 at position 0", Refusal(target, source with { Ids = [99, 0] }), StringComparison.Ordinal);
        Assert.StartsWith("Document 0 of the source's representation holds 1 ids, 2 offsets", Refusal(target, source with { Ids = [4] }), StringComparison.Ordinal);
        Assert.StartsWith("Document 0 of the source's representation: the offset at position 1 is smaller than the one before it", Refusal(target, source with { EndsExclusive = [4, 3] }), StringComparison.Ordinal);
        Assert.StartsWith("Document 0 of the source's representation: candidate id 99 at position 0", Refusal(target, _source.Represent("able", (99, 1))), StringComparison.Ordinal);
    }
}

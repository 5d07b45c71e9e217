using FuseSharp.Core.Align;

namespace FuseSharp.Core.Tests.Align;

public sealed class CountedProjectionTests
{
    // The target knows " Sys" and " Se", the source spells both from " S".
    private static readonly SpelledTokenizer _target = new("x", "▁Sys", "▁Se", "▁S", "▁", "o");
    private static readonly SpelledTokenizer _source = new("x", "▁S", "ys", "e", "o", "▁");

    [Fact]
    public void Of_SourceSpellsInPieces_SharesGoToTheTokensThatReallyFollow()
    {
        var projection = Count("x Sys", "x Sys", "x Sys", "x Se", "x So");

        // " S" is followed by " Sys" three times, by " Se" once, by " S" once; its own first token " S" counts once more: 3, 1 and 2 of 6.
        Assert.Equal([3, 5, 4], projection.TargetsOf(3).ToArray());
        Assert.Equal([3 / 6f, 2 / 6f, 1 / 6f], projection.SharesOf(3).ToArray());
    }

    [Fact]
    public void Of_TokenThatNoTextHolds_GoesToItsFirstToken()
    {
        var projection = Count("x Sys");

        Assert.Equal([6], projection.TargetsOf(7).ToArray()); // "▁" alone
        Assert.Equal([1f], projection.SharesOf(7).ToArray());
        Assert.True(projection.TargetsOf(1).IsEmpty); // <pad> has no counterpart
    }

    [Fact]
    public void Of_EndOfText_GoesToTheTargetsEnd()
        => Assert.Equal([0], Count("x Sys", "x Se").TargetsOf(0).ToArray());

    [Fact]
    public void Align_CountedShares_SplitTheProbability()
    {
        var aligner = new BoundaryAligner(_target, _source, Count("x Sys", "x Sys", "x Se"));

        // " S": 2 of 4 to " Sys", 1 to " Se", 1 to " S"; the row keeps as many candidates as the source has, here 2: the largest.
        var aligned = aligner.Align(_target.Represent("x Sys", (0, 1)), _source.Represent("x Sys", (3, 0.5), (0, 0.25)));

        Assert.Equal([2, 0], [aligned.Rows.RowStarts[1], aligned.Rows.RowStarts[2] - aligned.Rows.RowStarts[1] - 2]);
        Assert.Equal([0, 3], aligned.Rows.Indices[..2].Order());
        Assert.Equal([MathF.Log(0.25f), MathF.Log(0.25f)], aligned.Rows.LogWeights[..2], (a, b) => Math.Abs(a - b) < 1e-3f);
    }

    [Fact]
    public void Align_Counted_ExpectedNextTokenHasTheFrequencyOfTheTexts()
    {
        string[] texts = [.. Enumerable.Range(0, 100).Select(i => i % 10 < 7 ? "x Sys" : "x Se")];
        var aligner = new BoundaryAligner(_target, _source, Count(texts));

        // A source that is sure of " S", which both continue: the target should learn 0.7 and 0.3, up to the one count of " S" itself.
        var aligned = aligner.Align(_target.Represent("x Sys", (0, 1)), _source.Represent("x Sys", (3, 1.0), (1, 1e-6), (4, 1e-6)));

        Assert.Equal(70 / 101.0, Math.Exp(aligned.Rows.LogWeights[0]), 1e-3);
        Assert.Equal(30 / 101.0, Math.Exp(aligned.Rows.LogWeights[1]), 1e-3);
    }

    private static CountedProjection Count(params string[] texts)
    {
        var first = new FirstTokenProjection(_target, _source);
        return CountedProjection.Of(new BoundaryAligner(_target, _source, first), first,
            texts.Select(t => (Target: _target.Represent(t, (0, 1)), Source: _source.Represent(t, (0, 1)))));
    }
}

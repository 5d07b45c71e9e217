using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Map;


namespace FuseSharp.Fusion.Tests.Align;

public sealed class MinEditAlignerTests
{
    private static readonly SpelledTokenizer _target = new("The", "▁un", "believ", "able", "▁", "a", "b");
    private static readonly SpelledTokenizer _source = new("The", "▁unbeliev", "able", "ables", "▁", "a", "b", "▁un");

    [Fact]
    public void Align_Default_OneHotNamesTheNextTokenAndTheLastPositionHasNone()
    {
        // target The|▁un|believ|able|</s>, source The|▁unbeliev|able|</s>
        var source = _source.Represent("The unbelievable", (4, 0.5), (0, 0.25));

        var aligned = new MinEditAligner(_target, _source, null, MethodSettings.Default).Align(_target.Represent("The unbelievable"), source);

        // "The" and "able" carry (able 0.5, </s> 0.25); "▁un" and "believ" name what follows.
        Assert.Equal([0, 2, 3, 4, 6, 6], aligned.Rows.RowStarts);
        Assert.Equal([5, 0, 4, 5, 5, 0], aligned.Rows.Indices);
        Assert.Equal([0.5, 0.25, 1, 1, 0.5, 0.25], aligned.Rows.Scores.Select(w => Math.Exp(w)), (a, b) => Math.Abs(a - b) < 1e-3);
        Assert.Equal((4, 2, 2), ((int)aligned.Coverage.Positions, (int)aligned.Coverage.CoveredPositions, (int)aligned.Coverage.OneHotPositions));
    }

    [Fact]
    public void Align_Reference_OneHotNamesTheTokenJustRead()
    {
        var source = _source.Represent("The unbelievable", (4, 0.5), (0, 0.25));

        var rows = new MinEditAligner(_target, _source, null, MethodSettings.Reference).Align(_target.Represent("The unbelievable"), source).Rows;

        Assert.Equal([0, 2, 3, 4, 6, 8], rows.RowStarts);
        Assert.Equal([3, 4], rows.Indices[2..4]);
        Assert.Equal([1f, 1f], rows.Scores[2..4]);
    }

    [Fact]
    public void Align_TwoCandidatesMapToOneToken_DefaultAddsThemAndReferenceKeepsTheFirst()
    {
        // "ables" maps to "able", its nearest.
        var map = new VocabularyMapper(_target, _source).Map(1);
        var source = _source.Represent("The", (4, 0.5), (5, 0.25));

        var mended = new MinEditAligner(_target, _source, map, MethodSettings.Default).Align(_target.Represent("The"), source);
        var reference = new MinEditAligner(_target, _source, map, MethodSettings.Reference).Align(_target.Represent("The"), source);

        Assert.Equal(0.75, Math.Exp(Assert.Single(mended.Rows.Scores)), 1e-3);
        Assert.Equal(1, mended.Coverage.ArrivedShare, 1e-6);
        Assert.Equal((float)(Half)Math.Log(0.5), reference.Rows.Scores[0]);
        Assert.Equal(2 / 3.0, reference.Coverage.ArrivedShare, 1e-3);
    }

    [Fact]
    public void Align_CrossEntropies_AreTheMeansOverThePathAndOverTheBytes()
    {
        var target = _target.Represent("The unbelievable");
        var source = _source.Represent("The unbelievable", (4, 0.5)) with { CrossEntropies = [9, 4, 2, 0] };

        var warped = new MinEditAligner(_target, _source, null, MethodSettings.Default).Align(target, source);
        var byBytes = new BoundaryAligner(_target, _source).Align(target, source);

        // "▁un" stands beside "The", three edits away, "believ" beside "▁unbeliev", two.
        Assert.Equal([9, 9, 4, 2, 0], warped.CrossEntropies);
        // "▁unbeliev", 9 bytes for 9 nats, is "▁un" (3) and "believ" (6).
        Assert.Equal([3, 6, 4, 2, 0], byBytes.CrossEntropies);
    }
}

using FuseSharp.Fusion.Pack;
using FuseSharp.Fusion.Records;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Fusion.Tests.Pack;

public sealed class PackStageTests : IDisposable
{
    private readonly PackInputs _inputs = new();

    public void Dispose() => _inputs.Dispose();

    [Fact]
    public void Run_GroupsOfTwo_GivesEachGroupsBlocksWithAllModelsRows()
    {
        WriteThreeDocuments();

        // Tokens aaa bbbb of the first group, cc of the second; blocks of 4: aaab | bbb | cc.
        var blocks = Run(new() { GroupSize = 2 }, blockLength: 4);

        Assert.Equal([[0, 1, 2, 100], [101, 102, 103], [200, 201]], blocks.Select(b => b.Ids));
        Assert.Equal([(0, 3), (1, 1), (1, 3), (2, 2)], blocks.SelectMany(b => b.Segments).Select(s => (s.Document, s.Length)));
        // Two candidates of the target and one of the source; neither says anything at a document's last token.
        Assert.Equal([0, 2, 4, 4, 6], blocks[0].Rows[0].RowStarts);
        Assert.Equal([0, 1, 2, 2, 3], blocks[0].Rows[1].RowStarts);
        Assert.Equal([0, 900, 1, 900, 0, 900], blocks[0].Rows[0].Indices);
        Assert.Equal([500, 501, 500], blocks[0].Rows[1].Indices);
        Assert.Equal([501, 502], blocks[1].Rows[1].Indices);
        Assert.Equal([-1, -2, -1, -2, -1, -2], blocks[0].Rows[0].Scores); // logits 1 and 0 less the normalizer 2
    }

    [Fact]
    public void Run_SequenceMetric_CostsAreTheDocuments()
    {
        WriteThreeDocuments();

        var blocks = Run(new() { GroupSize = 2 }, blockLength: 4);

        // Document 0: the target pays 1 + 2 for 2 tokens of 3 bytes, of which the end of the text has none; the source 3 + 3.
        Assert.Equal([1.5f, 3], blocks[0].Segments[0].NatsPerToken);
        Assert.Equal([1, 2], blocks[0].Segments[0].NatsPerByte);
        // Document 1 is cut: both of its pieces have its costs, 1 + 2 + 3 over 3 tokens and 6 bytes.
        Assert.Equal([2, 1], blocks[0].Segments[1].NatsPerToken);
        Assert.Equal([1, 0.5f], blocks[0].Segments[1].NatsPerByte);
        Assert.Equal([2, 1], blocks[1].Segments[0].NatsPerToken);
    }

    [Fact]
    public void Run_TokenMetric_CostsAreThePieces()
    {
        WriteThreeDocuments();

        var blocks = Run(new() { GroupSize = 2, Metric = MetricLevel.Token }, blockLength: 4);

        // The first token of document 1 alone: 1 and, carried to the target's positions, 0.25; 3 bytes follow.
        Assert.Equal([1, 0.25f], blocks[0].Segments[1].NatsPerToken);
        Assert.Equal([1f / 3, 0.25f / 3], blocks[0].Segments[1].NatsPerByte, (a, b) => Math.Abs(a - b) < 1e-6f);
        // The other three: 2 + 3 + 0 and 0.5 + 2.25 + 0, over 3 tokens; 3 bytes follow the second token, none the third.
        Assert.Equal([5f / 3, 2.75f / 3], blocks[1].Segments[0].NatsPerToken, (a, b) => Math.Abs(a - b) < 1e-6f);
        Assert.Equal([5f / 3, 2.75f / 3], blocks[1].Segments[0].NatsPerByte, (a, b) => Math.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void Run_ReferencesRows_TargetHasItsLogitsAtEveryPosition()
    {
        WriteThreeDocuments(MethodSettings.Reference);

        var blocks = Run(new() { GroupSize = 2 }, blockLength: 4);

        Assert.Equal([0, 2, 4, 6, 8], blocks[0].Rows[0].RowStarts);
        Assert.Equal([1, 0, 1, 0, 1, 0, 1, 0], blocks[0].Rows[0].Scores);
    }

    [Fact]
    public void Run_DocumentInTwoPieces_CostsAreOfBothButInTheReferenceOfEach()
    {
        foreach (var (settings, first) in new[] { (MethodSettings.Default, 3f), (MethodSettings.Reference, 1f) })
        {
            using var inputs = new PackInputs();
            Representation[] pieces = [PackInputs.Piece(0, 0, 1, 0), PackInputs.Piece(0, 1, 5, 0)];
            inputs.Represent(true, pieces);
            inputs.Represent(false, pieces);
            inputs.Align(settings, [(new(0, 0), [1, 0]), (new(0, 1), [5, 0])]);

            PackStage.Run(inputs.Target, [inputs.Source], 8, new(), inputs.Output, new StageContext(SilentProgress.Instance, default));

            using var blocks = new PackedBlocks(inputs.Output);
            Assert.Equal([0, 1, 10, 11], blocks.Read(0).Ids);
            Assert.Equal(first, blocks.Read(0).Segments[0].NatsPerToken[0]); // (1 + 5)/2 or 1
        }
    }

    private void WriteThreeDocuments(MethodSettings settings = MethodSettings.Default)
    {
        _inputs.Represent(true, [PackInputs.Piece(0, 0, 1, 2, 0), PackInputs.Piece(1, 0, 1, 2, 3, 0)], [PackInputs.Piece(2, 0, 4, 0)]);
        _inputs.Represent(false, [PackInputs.Piece(0, 0, 3, 3, 0), PackInputs.Piece(1, 0, 0, 1, 2, 0)], [PackInputs.Piece(2, 0, 4, 0)]);
        _inputs.Align(settings, [(new(0, 0), [3, 3, 0]), (new(1, 0), [0.25f, 0.5f, 2.25f, 0])], [(new(2, 0), [4, 0])]);
    }

    private List<PackedBlock> Run(PackOptions options, int blockLength)
    {
        PackStage.Run(_inputs.Target, [_inputs.Source], blockLength, options, _inputs.Output, new StageContext(SilentProgress.Instance, default));
        using var blocks = new PackedBlocks(_inputs.Output);
        return [.. Enumerable.Range(0, blocks.Count).Select(blocks.Read)];
    }
}

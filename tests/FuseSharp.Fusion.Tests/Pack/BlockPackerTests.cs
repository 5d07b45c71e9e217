using CsCheck;
using FuseSharp.Fusion.Pack;
using FuseSharp.Fusion.Records;

namespace FuseSharp.Fusion.Tests.Pack;

public sealed class BlockPackerTests
{
    [Fact]
    public void Pack_ThreeDocuments_FillsBlocksInOrderAndKeepsTheRest()
    {
        // documents aaaa bb ccccc, blocks of 4: aaaa | bbcc | ccc
        PackedBlock[] blocks = [.. BlockPacker.Pack([Document(0, 4), Document(1, 2), Document(2, 5)], 4)];

        Assert.Equal([[0, 1, 2, 3], [100, 101, 200, 201], [202, 203, 204]], blocks.Select(b => b.Ids));
        Assert.Equal([(0, 4), (1, 2), (2, 2), (2, 3)], blocks.SelectMany(b => b.Segments).Select(s => (s.Document, s.Length)));
        Assert.Equal([1, 2, 1], blocks.Select(b => b.Segments.Length));
    }

    [Fact]
    public void Pack_EndOfAGroup_StartsANewBlock()
    {
        // groups of 2: aaabb | cc, where one group would have given aaabb | cc in blocks of 5 and aaab | bcc in blocks of 4
        PackedBlock[] blocks = [.. BlockPacker.Pack([Document(0, 3), Document(1, 2), Document(2, 2)], 4, groupSize: 2)];

        Assert.Equal([[0, 1, 2, 100], [101], [200, 201]], blocks.Select(b => b.Ids));
    }

    [Fact]
    public void Pack_GroupThatEndsWithABlock_LeavesNoEmptyOne()
        => Assert.Equal([[0, 1], [100, 101]], BlockPacker.Pack([Document(0, 2), Document(1, 2)], 2, groupSize: 1).Select(b => b.Ids));

    [Fact]
    public void Pack_DocumentOfNoToken_IsNowhere()
        => Assert.Equal([[100, 101]], BlockPacker.Pack([Document(0, 0), Document(1, 2)], 4).Select(b => b.Ids));

    [Fact]
    public void Pack_NoDocument_GivesNoBlock() => Assert.Empty(BlockPacker.Pack([], 4));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    public void Pack_LengthOrGroupTooSmall_Refuses(int blockLength, int groupSize)
        => Assert.Throws<ArgumentOutOfRangeException>(() => BlockPacker.Pack([Document(0, 2)], blockLength, groupSize).ToList());

    [Fact]
    public void Pack_CutDocument_RowsGoOnInTheNextBlock()
    {
        // Rows of 0, 1, 2, 3 candidates; blocks of 3 take three of them and one.
        PackedBlock[] blocks = [.. BlockPacker.Pack([Document(3, 4)], 3)];

        Assert.Equal([0, 0, 1, 3], blocks[0].Rows[0].RowStarts);
        Assert.Equal([3010, 3020, 3021], blocks[0].Rows[0].Indices);
        Assert.Equal([0, 3], blocks[1].Rows[0].RowStarts);
        Assert.Equal([3030, 3031, 3032], blocks[1].Rows[0].Indices);
        Assert.Equal([-3030, -3031, -3032], blocks[1].Rows[0].Scores);
        Assert.Equal([0, 2], blocks[1].Rows[1].RowStarts); // the second model has a candidate less
    }

    [Fact]
    public void Pack_WholeDocumentsCosts_StandInEveryPiece()
    {
        PackedBlock[] blocks = [.. BlockPacker.Pack([Document(0, 5)], 3)];

        Assert.All(blocks, b => Assert.Equal([7, 8], b.Segments[0].NatsPerToken));
        Assert.All(blocks, b => Assert.Equal([1, 2], b.Segments[0].NatsPerByte));
    }

    [Fact]
    public void Pack_TokenCosts_AreThePiecesOwn()
    {
        // The target pays 1 2 3 4 0, the source 4 0 0 4 0, for tokens that end at bytes 2 4 8 10 10.
        var document = Document(0, 5) with { Tokens = new([[1, 2, 3, 4, 0], [4, 0, 0, 4, 0]], [2, 4, 8, 10, 10]) };

        PackedBlock[] blocks = [.. BlockPacker.Pack([document], 3)];

        Assert.Equal([2, 4f / 3], blocks[0].Segments[0].NatsPerToken);      // (1 + 2 + 3)/3, 4/3
        Assert.Equal([0.75f, 0.5f], blocks[0].Segments[0].NatsPerByte);     // 6 and 4 for the bytes 2 to 10
        Assert.Equal([2, 2], blocks[1].Segments[0].NatsPerToken);           // (4 + 0)/2
        Assert.Equal([4, 4], blocks[1].Segments[0].NatsPerByte);            // the end of the text has no bytes: over 1
    }

    [Fact]
    public void Pack_RandomDocuments_NothingIsLostOrReordered()
        => Gen.Select(Gen.Int[0, 9].Array[0, 12], Gen.Int[2, 6], Gen.Int[1, 5]).Sample((lengths, blockLength, groupSize) =>
        {
            DocumentRows[] documents = [.. lengths.Select((l, d) => Document(d, l))];

            PackedBlock[] blocks = [.. BlockPacker.Pack(documents, blockLength, groupSize)];

            // The obvious way: a group's tokens in one list, cut every blockLength.
            int[][] expected = [.. documents.Chunk(groupSize).SelectMany(g => g.SelectMany(d => d.Ids).Chunk(blockLength))];
            Assert.Equal(expected, blocks.Select(b => b.Ids));
            for (int m = 0; m < 2; m++)
            {
                Assert.Equal(documents.SelectMany(d => Rows(d.Rows[m])), blocks.SelectMany(b => Rows(b.Rows[m])));
            }

            Assert.Equal(documents.SelectMany(d => d.Ids.Select(_ => d.Document)), blocks.SelectMany(b => b.Segments).SelectMany(s => Enumerable.Repeat(s.Document, s.Length)));
            Assert.All(blocks, b => Assert.Equal(b.Ids.Length, b.Segments.Sum(s => s.Length)));
        }, iter: 500);

    // Token t of document d is 100·d + t; row t has t candidates, of the second model one less, named after document and token.
    private static DocumentRows Document(int number, int length)
        => new(number, [.. Enumerable.Range(0, length).Select(t => (100 * number) + t)], [Rows(number, length, 0), Rows(number, length, 1)], [7, 8], [1, 2]);

    private static TeacherDistributions Rows(int number, int length, int fewer)
    {
        int[][] rows = [.. Enumerable.Range(0, length).Select(t => Enumerable.Range(0, Math.Max(0, t - fewer)).Select(c => (1000 * number) + (10 * t) + c).ToArray())];
        int[] starts = [0, .. rows.Select((_, t) => rows.Take(t + 1).Sum(r => r.Length))];
        return new(starts, [.. rows.SelectMany(r => r)], [.. rows.SelectMany(r => r).Select(i => -(float)i)], ScoreUnit.LogProbability);
    }

    private static IEnumerable<string> Rows(TeacherDistributions rows)
        => Enumerable.Range(0, rows.Positions).Select(t => string.Join(' ', rows.Indices[rows.RowStarts[t]..rows.RowStarts[t + 1]].Zip(rows.Scores[rows.RowStarts[t]..rows.RowStarts[t + 1]])));
}

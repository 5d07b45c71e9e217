using FuseSharp.Errors;
using FuseSharp.Fusion.Pack;
using FuseSharp.Fusion.Records;

namespace FuseSharp.Fusion.Tests.Pack;

public sealed class DocumentJoinTests : IDisposable
{
    private readonly PackInputs _inputs = new();

    public void Dispose() => _inputs.Dispose();

    [Fact]
    public void Take_AnyStart_GoesOnOverShards()
    {
        WriteFive();
        using var join = Open();

        Assert.Equal(5, join.Count);
        Assert.Equal([3, 4], Numbers(join.Take(3, 9))); // not from the start, and no more than there are
        Assert.Equal([0, 1], Numbers(join.Take(0, 2)));
        Assert.Equal([2, 3], Numbers(join.Take(2, 2))); // on from where the last call ended, into the next shard
        Assert.Equal([2], Numbers(join.Take(2, 1)));    // back again
        Assert.Empty(join.Take(5, 1));
    }

    [Fact]
    public void Take_DocumentThatOneModelLeftOut_IsLeftOutForAll()
    {
        _inputs.Represent(true, [One(0), One(1), One(2)], [One(3)]);
        _inputs.RepresentBut([new(1, 0)], false, [One(0), One(2)], [One(3)]);
        _inputs.Align(MethodSettings.Default, [Row(0), Row(2)], [Row(3)]);
        using var join = Open();

        Assert.Equal(3, join.Count);
        Assert.Equal(1, join.LeftOut);
        Assert.Equal([0, 2, 3], Numbers(join.Take(0, 3)));
        Assert.Equal([3], Numbers(join.Take(2, 1)));
    }

    [Fact]
    public void Take_AlignedRowsOfAnotherDocument_RefusesWithPlace()
    {
        _inputs.Represent(true, [One(0), One(1)]);
        _inputs.Represent(false, [One(0), One(1)]);
        _inputs.Align(MethodSettings.Default, [Row(0), Row(7)]);
        using var join = Open();

        var fault = Assert.Throws<ArtifactException>(() => join.Take(0, 2).ToList());

        Assert.Contains($"does not hold document 1 of '{_inputs.Target}' at its place", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Take_AlignedRowsOfAnotherLength_RefusesWithPlace()
    {
        _inputs.Represent(true, [One(0)]);
        _inputs.Represent(false, [One(0)]);
        _inputs.Align(MethodSettings.Default, [(new(0, 0), [1, 1, 0])]);
        using var join = Open();

        Assert.Throws<ArtifactException>(() => join.Take(0, 1).ToList());
    }

    [Fact]
    public void Open_OtherShards_Refuses()
    {
        _inputs.Represent(true, [One(0)], [One(1)]);
        _inputs.Represent(false, [One(0), One(1)]);
        _inputs.Align(MethodSettings.Default, [Row(0), Row(1)]);

        var fault = Assert.Throws<ArtifactException>(Open);

        Assert.Contains("has 1 shards", fault.Message, StringComparison.Ordinal);
    }

    private void WriteFive()
    {
        _inputs.Represent(true, [One(0), One(1), One(2)], [One(3), One(4)]);
        _inputs.Represent(false, [One(0), One(1), One(2)], [One(3), One(4)]);
        _inputs.Align(MethodSettings.Default, [Row(0), Row(1), Row(2)], [Row(3), Row(4)]);
    }

    private DocumentJoin Open() => new(_inputs.Target, [_inputs.Source], MetricLevel.Sequence, asReference: false);

    private static IEnumerable<int> Numbers(IEnumerable<DocumentRows> documents) => documents.Select(d => d.Document);

    private static Representation One(int document) => PackInputs.Piece(document, 0, 1, 0);

    private static (Storage.Texts.PieceId, float[]) Row(int document) => (new(document, 0), [1, 0]);
}

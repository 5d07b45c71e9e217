using Apache.Arrow;
using Apache.Arrow.Types;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Fusion.Records;

/// <summary>How text blocks stand in a Parquet file: <c>document</c> int32 and <c>piece</c> int32, both 0-based; <c>domain</c> utf8; <c>text</c> utf8, of a conversation its messages as JSON.</summary>
/// <remarks>The pieces of a document follow each other in one shard.</remarks>
public static class TextTable
{
    /// <summary>The columns.</summary>
    public static Schema Schema { get; } = new(
        [
            new Field("document", Int32Type.Default, false),
            new Field("piece", Int32Type.Default, false),
            new Field("domain", StringType.Default, false),
            new Field("text", StringType.Default, false),
        ],
        null);

    /// <summary>Rows as columns.</summary>
    /// <param name="rows">Any number.</param>
    public static RecordBatch ToBatch(IReadOnlyList<(PieceId Id, string Domain, string Text)> rows)
        => new(Schema,
            [
                Columns.Numbers([.. rows.Select(r => r.Id.Document)]),
                Columns.Numbers([.. rows.Select(r => r.Id.Piece)]),
                Columns.Strings(rows.Select(r => r.Domain)),
                Columns.Strings(rows.Select(r => r.Text)),
            ],
            rows.Count);

    /// <summary>One row.</summary>
    /// <param name="batch">Of these columns.</param>
    /// <param name="row">0-based, in the batch.</param>
    public static (PieceId Id, string Domain, string Text) Read(RecordBatch batch, int row)
        => (new PieceId(Columns.Number(batch, "document", row), Columns.Number(batch, "piece", row)), Columns.String(batch, "domain", row), Columns.String(batch, "text", row));
}

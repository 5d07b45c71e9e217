using Apache.Arrow;
using Apache.Arrow.Types;
using FuseSharp.Core.Artifacts;

namespace FuseSharp.Core.Records;

/// <summary>How text blocks stand in an Arrow file: <c>document</c> int32, <c>domain</c> utf8, <c>text</c> utf8.</summary>
internal static class TextTable
{
    public static Schema Schema { get; } = new(
        [new Field("document", Int32Type.Default, false), new Field("domain", StringType.Default, false), new Field("text", StringType.Default, false)], null);

    public static RecordBatch ToBatch(IReadOnlyList<TextBlock> rows)
        => new(Schema,
            [
                Columns.Numbers([.. rows.Select(r => r.Document)]),
                Columns.Strings(rows.Select(r => r.Domain)),
                Columns.Strings(rows.Select(r => r.Text)),
            ],
            rows.Count);

    public static TextBlock Of(RecordBatch batch, int row)
        => new(Columns.Number(batch, "document", row), Columns.String(batch, "domain", row), Columns.String(batch, "text", row));
}

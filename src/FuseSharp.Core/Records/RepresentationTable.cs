using Apache.Arrow;
using Apache.Arrow.Types;
using FuseSharp.Core.Artifacts;

namespace FuseSharp.Core.Records;

/// <summary>How representations stand in an Arrow file; shapes for T tokens and k candidates.</summary>
/// <remarks>
/// <c>document</c> int32; <c>input_ids</c> [T] uint16 (vocabularies to 65,535) or int32; <c>ends_exclusive</c> [T] int32, bytes;
/// <c>indices</c> [T·k] as ids; <c>logits</c> [T·k] float16; <c>normalizer_offset</c> [T] float16, log-normalizer less the largest logit, ≥ 0;
/// <c>cross_entropy</c> [T] float32, nats.
/// </remarks>
/// <param name="k">Candidates of a position.</param>
/// <param name="vocabularySize">The model's, which decides the ids' width.</param>
internal sealed class RepresentationTable(int k, int vocabularySize)
{
    public Schema Schema { get; } = new(
        [
            new Field("document", Int32Type.Default, false),
            new Field("input_ids", Columns.ListOf(Columns.IdType(vocabularySize)), false),
            new Field("ends_exclusive", Columns.ListOf(Int32Type.Default), false),
            new Field("indices", Columns.ListOf(Columns.IdType(vocabularySize)), false),
            new Field("logits", Columns.ListOf(HalfFloatType.Default), false),
            new Field("normalizer_offset", Columns.ListOf(HalfFloatType.Default), false),
            new Field("cross_entropy", Columns.ListOf(FloatType.Default), false),
        ],
        null);

    public RecordBatch ToBatch(IReadOnlyList<Representation> rows)
        => new(Schema,
            [
                Columns.Numbers([.. rows.Select(r => r.Document)]),
                Columns.Ids([.. rows.Select(r => r.Ids)], vocabularySize),
                Columns.Lists<int>(Int32Type.Default, [.. rows.Select(r => r.EndsExclusive)]),
                Columns.Ids([.. rows.Select(r => r.Logits.Indices)], vocabularySize),
                Columns.Lists<Half>(HalfFloatType.Default, [.. rows.Select(r => r.Logits.Logits)]),
                Columns.Lists<Half>(HalfFloatType.Default, [.. rows.Select(Offsets)]),
                Columns.Lists<float>(FloatType.Default, [.. rows.Select(r => r.CrossEntropies)]),
            ],
            rows.Count);

    public Representation Of(RecordBatch batch, int row)
    {
        var logits = Columns.List<Half>(batch, "logits", row);
        var offsets = Columns.List<Half>(batch, "normalizer_offset", row);
        float[] normalizers = new float[offsets.Length];
        for (int t = 0; t < normalizers.Length; t++)
        {
            normalizers[t] = (float)logits[t * k] + (float)offsets[t];
        }

        return new Representation(
            Columns.Number(batch, "document", row),
            Columns.Ids(batch, "input_ids", row),
            Columns.List<int>(batch, "ends_exclusive", row),
            new SparseLogits(k, Columns.Ids(batch, "indices", row), logits, normalizers),
            Columns.List<float>(batch, "cross_entropy", row));
    }

    // The normalizer itself may be large, its distance to the largest logit is at most ln V: float16 keeps it to three digits.
    private Half[] Offsets(Representation row)
        => [.. row.Logits.LogNormalizers.Select((z, t) => (Half)MathF.Max(0, z - (float)row.Logits.Logits[t * k]))];
}

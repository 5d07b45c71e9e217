using Apache.Arrow;
using Apache.Arrow.Types;
using FuseSharp.Errors;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Fusion.Records;

/// <summary>How a source's rows over the target's vocabulary stand in a Parquet file; shapes for T target tokens and n candidates in all.</summary>
/// <remarks>
/// <c>document</c> and <c>piece</c> int32, as in the output of split; <c>row_starts</c> [T+1] int32; <c>indices</c> [n] uint16 (vocabularies to 65,535) or int32; <c>log_probabilities</c>, or with the reference's settings <c>logits</c>, [n] float16;
/// <c>cross_entropy</c> [T] float32, nats; <c>coverage</c> [4] float64: covered positions, one-hot positions, stored mass, arrived mass.
/// </remarks>
/// <param name="vocabularySize">The target's, which decides the ids' width.</param>
/// <param name="unit">What scores are, which decides the name of their column.</param>
internal sealed class AlignedTable(int vocabularySize, ScoreUnit unit)
{
    public Schema Schema { get; } = new(
        [
            new Field("document", Int32Type.Default, false),
            new Field("piece", Int32Type.Default, false),
            new Field("row_starts", Columns.ListOf(Int32Type.Default), false),
            new Field("indices", Columns.ListOf(Columns.IdType(vocabularySize)), false),
            new Field(ColumnOf(unit), Columns.ListOf(HalfFloatType.Default), false),
            new Field("cross_entropy", Columns.ListOf(FloatType.Default), false),
            new Field("coverage", Columns.ListOf(DoubleType.Default), false),
        ],
        null);

    public RecordBatch ToBatch(IReadOnlyList<AlignedDocument> rows)
        => new(Schema,
            [
                Columns.Numbers([.. rows.Select(r => r.Id.Document)]),
                Columns.Numbers([.. rows.Select(r => r.Id.Piece)]),
                Columns.Lists<int>(Int32Type.Default, [.. rows.Select(r => r.Rows.RowStarts)]),
                Columns.Ids([.. rows.Select(r => r.Rows.Indices)], vocabularySize),
                Columns.Lists<Half>(HalfFloatType.Default, [.. rows.Select(r => System.Array.ConvertAll(r.Rows.Scores, w => (Half)w))]),
                Columns.Lists<float>(FloatType.Default, [.. rows.Select(r => r.CrossEntropies)]),
                Columns.Lists<double>(DoubleType.Default, [.. rows.Select(r => new[] { r.Coverage.CoveredPositions, r.Coverage.OneHotPositions, r.Coverage.StoredMass, r.Coverage.ArrivedMass })]),
            ],
            rows.Count);

    public static AlignedDocument Read(RecordBatch batch, int row)
    {
        var rows = RowsOf(batch, row, "");
        double[] coverage = Columns.List<double>(batch, "coverage", row);
        return new(
            RepresentationTable.IdOf(batch, row), rows, Columns.List<float>(batch, "cross_entropy", row),
            new AlignmentCoverage(rows.Positions - 1, (long)coverage[0], (long)coverage[1], coverage[2], coverage[3]));
    }

    /// <summary>What the column of scores is called.</summary>
    public static string ColumnOf(ScoreUnit unit) => unit == ScoreUnit.Logit ? "logits" : "log_probabilities";

    /// <summary>The three columns of one model, whose names end with <paramref name="suffix"/>.</summary>
    public static TeacherDistributions RowsOf(RecordBatch batch, int row, string suffix)
    {
        int[] starts = Columns.List<int>(batch, "row_starts" + suffix, row);
        int[] indices = Columns.Ids(batch, "indices" + suffix, row);
        var unit = batch.Schema.GetFieldIndex(ColumnOf(ScoreUnit.Logit) + suffix) >= 0 ? ScoreUnit.Logit : ScoreUnit.LogProbability;
        float[] scores = System.Array.ConvertAll(Columns.List<Half>(batch, ColumnOf(unit) + suffix, row), w => (float)w);
        bool rise = starts.Length > 0 && starts[0] == 0 && starts[^1] == indices.Length && starts.Zip(starts.Skip(1)).All(s => s.First <= s.Second);
        return rise && scores.Length == indices.Length ? new(starts, indices, scores, unit)
            : throw new ArtifactException($"The columns 'row_starts{suffix}', 'indices{suffix}' and '{ColumnOf(unit)}{suffix}' of a row do not belong together: the file was changed. Make the stage again.");
    }
}

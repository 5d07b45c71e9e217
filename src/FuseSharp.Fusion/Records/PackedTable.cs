using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Types;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Fusion.Records;

/// <summary>How packed blocks stand in a Parquet file: one block a row group, so that training reads any block by its number.</summary>
/// <remarks>
/// For T tokens, S segments and M models: <c>input_ids</c> [T]; <c>segment_documents</c>, <c>segment_lengths</c> [S] int32;
/// <c>nats_per_token</c>, <c>nats_per_byte</c> [S·M] float32; for each model m (0 is the target) <c>row_starts_m</c> [T+1] int32,
/// <c>indices_m</c> [n] as ids, <c>log_probabilities_m</c>, or with the reference's settings <c>logits_m</c>, [n] float16; where texts hold conversations, <c>learned</c> [T] uint8 (<see cref="LearnedTokens"/>).
/// </remarks>
/// <param name="models">Number of models, the target included.</param>
/// <param name="vocabularySize">The target's, which decides the ids' width.</param>
/// <param name="unit">What scores are, which decides the names of their columns.</param>
/// <param name="holdsConversations">Whether there is a column that says which tokens are learned.</param>
internal sealed class PackedTable(int models, int vocabularySize, ScoreUnit unit, bool holdsConversations)
{
    public Schema Schema { get; } = MakeSchema(models, vocabularySize, unit, holdsConversations);

    public RecordBatch ToBatch(IReadOnlyList<PackedBlock> blocks)
    {
        var columns = new List<IArrowArray>
        {
            Columns.Ids([.. blocks.Select(b => b.Ids)], vocabularySize),
            Columns.Lists<int>(Int32Type.Default, [.. blocks.Select(b => b.Segments.Select(s => s.Document).ToArray())]),
            Columns.Lists<int>(Int32Type.Default, [.. blocks.Select(b => b.Segments.Select(s => s.Length).ToArray())]),
            Columns.Lists<float>(FloatType.Default, [.. blocks.Select(b => b.Segments.SelectMany(s => s.NatsPerToken).ToArray())]),
            Columns.Lists<float>(FloatType.Default, [.. blocks.Select(b => b.Segments.SelectMany(s => s.NatsPerByte).ToArray())]),
        };
        for (int m = 0; m < models; m++)
        {
            columns.Add(Columns.Lists<int>(Int32Type.Default, [.. blocks.Select(b => b.Rows[m].RowStarts)]));
            columns.Add(Columns.Ids([.. blocks.Select(b => b.Rows[m].Indices)], vocabularySize));
            columns.Add(Columns.Lists<Half>(HalfFloatType.Default, [.. blocks.Select(b => System.Array.ConvertAll(b.Rows[m].Scores, w => (Half)w))]));
        }

        if (holdsConversations)
        {
            columns.Add(Columns.Lists<byte>(UInt8Type.Default, [.. blocks.Select(b => LearnedTokens.ToColumn(b.Learned))]));
        }

        return new RecordBatch(Schema, columns, blocks.Count);
    }

    public PackedBlock Of(RecordBatch batch, int row)
    {
        int[] documents = Columns.List<int>(batch, "segment_documents", row);
        int[] lengths = Columns.List<int>(batch, "segment_lengths", row);
        float[] perToken = Columns.List<float>(batch, "nats_per_token", row);
        float[] perByte = Columns.List<float>(batch, "nats_per_byte", row);
        int[] ids = Columns.Ids(batch, "input_ids", row);
        return new PackedBlock(
            ids,
            [.. documents.Select((d, s) => new PackedSegment(d, lengths[s], perToken[(s * models)..((s + 1) * models)], perByte[(s * models)..((s + 1) * models)]))],
            [.. Enumerable.Range(0, models).Select(m => AlignedTable.RowsOf(batch, row, Suffix(m)))])
        {
            Learned = holdsConversations ? LearnedTokens.FromColumn(Columns.List<byte>(batch, "learned", row), ids.Length) : null,
        };
    }

    private static Schema MakeSchema(int models, int vocabularySize, ScoreUnit unit, bool holdsConversations)
    {
        var fields = new List<Field>
        {
            new("input_ids", Columns.ListOf(Columns.IdType(vocabularySize)), false),
            new("segment_documents", Columns.ListOf(Int32Type.Default), false),
            new("segment_lengths", Columns.ListOf(Int32Type.Default), false),
            new("nats_per_token", Columns.ListOf(FloatType.Default), false),
            new("nats_per_byte", Columns.ListOf(FloatType.Default), false),
        };
        for (int m = 0; m < models; m++)
        {
            fields.Add(new Field("row_starts" + Suffix(m), Columns.ListOf(Int32Type.Default), false));
            fields.Add(new Field("indices" + Suffix(m), Columns.ListOf(Columns.IdType(vocabularySize)), false));
            fields.Add(new Field(AlignedTable.ColumnOf(unit) + Suffix(m), Columns.ListOf(HalfFloatType.Default), false));
        }

        if (holdsConversations)
        {
            fields.Add(new Field("learned", Columns.ListOf(UInt8Type.Default), false));
        }

        return new Schema(fields, null);
    }

    private static string Suffix(int model) => string.Create(CultureInfo.InvariantCulture, $"_{model}");
}

using Apache.Arrow;
using Apache.Arrow.Types;
using FuseSharp.Errors;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Fusion.Records;

/// <summary>How representations stand in a Parquet file; shapes for T tokens and k candidates.</summary>
/// <remarks>
/// <c>document</c> and <c>piece</c> int32, as in the output of split; <c>nats</c> float64, the sum of the cross-entropies; <c>input_ids</c> [T] uint16 (vocabularies to 65,535) or int32; <c>token_bytes</c> [T] uint8, bytes of
/// text that each token covers, 255 where the length is in <c>long_token_bytes</c> [number of such tokens] int32; <c>indices</c> [T·k] as ids; <c>logits</c> [T·k] float16;
/// <c>normalizer_offset</c> [T] float16, log-normalizer less the largest logit, ≥ 0; <c>cross_entropy</c> [T] float16, nats.
/// Where rows are projected onto a target's vocabulary, <c>log_probabilities</c> [T·k] float16 stand in the place of <c>logits</c> and <c>normalizer_offset</c>, and <c>indices</c> are ids of the target.
/// Where texts hold conversations, <c>learned</c> [T] uint8 (<see cref="LearnedTokens"/>; empty for a plain text among them), and <c>token_bytes</c> count bytes of answers.
/// At k = 10: 47 bytes a token and about 100 a piece (docs/decisions/0020-parquet-shards.md).
/// </remarks>
/// <param name="k">Candidates of a position.</param>
/// <param name="vocabularySize">The model's, which decides the ids' width.</param>
/// <param name="targetVocabulary">Of the target whose tokens the rows hold; null where they hold the model's own.</param>
/// <param name="holdsConversations">Whether there is a column that says which tokens are learned.</param>
public sealed class RepresentationTable(int k, int vocabularySize, int? targetVocabulary = null, bool holdsConversations = false)
{
    private readonly int _candidates = targetVocabulary ?? vocabularySize;
    private readonly bool _isProjected = targetVocabulary is not null;

    /// <summary>The columns.</summary>
    public Schema Schema { get; } = new(
        [
            new Field("document", Int32Type.Default, false),
            new Field("piece", Int32Type.Default, false),
            new Field("nats", DoubleType.Default, false),
            new Field("input_ids", Columns.ListOf(Columns.IdType(vocabularySize)), false),
            new Field("token_bytes", Columns.ListOf(UInt8Type.Default), false),
            new Field("long_token_bytes", Columns.ListOf(Int32Type.Default), false),
            new Field("indices", Columns.ListOf(Columns.IdType(targetVocabulary ?? vocabularySize)), false),
            .. targetVocabulary is null
                ? new Field[] { new("logits", Columns.ListOf(HalfFloatType.Default), false), new("normalizer_offset", Columns.ListOf(HalfFloatType.Default), false) }
                : [new("log_probabilities", Columns.ListOf(HalfFloatType.Default), false)],
            new Field("cross_entropy", Columns.ListOf(HalfFloatType.Default), false),
            .. holdsConversations ? [new Field("learned", Columns.ListOf(UInt8Type.Default), false)] : System.Array.Empty<Field>(),
        ],
        null);

    /// <summary>Rows as columns.</summary>
    /// <param name="rows">Any number.</param>
    public RecordBatch ToBatch(IReadOnlyList<Representation> rows)
    {
        var lengths = rows.Select(r => TokenLengths.Encode(r.EndsExclusive)).ToList();
        return new(Schema,
            [
                Columns.Numbers([.. rows.Select(r => r.Id.Document)]),
                Columns.Numbers([.. rows.Select(r => r.Id.Piece)]),
                Columns.Doubles([.. rows.Select(r => r.Nats)]),
                Columns.Ids([.. rows.Select(r => r.Ids)], vocabularySize),
                Columns.Lists<byte>(UInt8Type.Default, [.. lengths.Select(l => l.Short)]),
                Columns.Lists<int>(Int32Type.Default, [.. lengths.Select(l => l.Long)]),
                Columns.Ids([.. rows.Select(r => r.Logits.Indices)], _candidates),
                Columns.Lists<Half>(HalfFloatType.Default, [.. rows.Select(r => r.Logits.Logits)]),
                .. _isProjected ? [] : new[] { Columns.Lists<Half>(HalfFloatType.Default, [.. rows.Select(Offsets)]) },
                Columns.Lists<Half>(HalfFloatType.Default, [.. rows.Select(r => System.Array.ConvertAll(r.CrossEntropies, c => (Half)c))]),
                .. holdsConversations ? new[] { Columns.Lists<byte>(UInt8Type.Default, [.. rows.Select(r => LearnedTokens.ToColumn(r.Learned))]) } : [],
            ],
            rows.Count);
    }

    /// <summary>One row.</summary>
    /// <param name="batch">Of these columns.</param>
    /// <param name="row">0-based, in the batch.</param>
    /// <exception cref="ArtifactException">The columns are damaged or of another kind.</exception>
    public Representation Of(RecordBatch batch, int row)
    {
        var logits = Columns.List<Half>(batch, _isProjected ? "log_probabilities" : "logits", row);
        int[] ids = Columns.Ids(batch, "input_ids", row);
        var offsets = _isProjected ? new Half[ids.Length] : Columns.List<Half>(batch, "normalizer_offset", row);
        int[] indices = Columns.Ids(batch, "indices", row);
        int[] ends = EndsOf(batch, row);
        if (logits.Length != offsets.Length * k || indices.Length != logits.Length || ids.Length != ends.Length)
        {
            throw new ArtifactException(FormattableString.Invariant($"The row of {IdOf(batch, row)} holds {logits.Length} logits, {indices.Length} indices and {offsets.Length} normalizers at k = {k}: file and manifest do not belong together. Make the stage again."));
        }

        float[] normalizers = new float[offsets.Length];
        for (int t = 0; t < normalizers.Length && !_isProjected; t++)
        {
            normalizers[t] = (float)logits[t * k] + (float)offsets[t];
        }

        float[] crossEntropies = System.Array.ConvertAll(Columns.List<Half>(batch, "cross_entropy", row), c => (float)c);
        return new Representation(
            IdOf(batch, row), ids, ends, new TopKLogits(k, indices, logits, normalizers), crossEntropies)
        {
            Nats = Columns.Double(batch, "nats", row),
            Learned = holdsConversations ? LearnedTokens.FromColumn(Columns.List<byte>(batch, "learned", row), ids.Length) : null,
        };
    }

    /// <summary>Which piece of which document a row is.</summary>
    public static PieceId IdOf(RecordBatch batch, int row) => new(Columns.Number(batch, "document", row), Columns.Number(batch, "piece", row));

    /// <summary>What choosing a document's teacher needs of a row.</summary>
    internal PieceCost CostOf(RecordBatch batch, int row)
    {
        int[] ends = EndsOf(batch, row);
        var learned = holdsConversations ? LearnedTokens.FromColumn(Columns.List<byte>(batch, "learned", row), ends.Length) : null;
        return new PieceCost(IdOf(batch, row), Columns.Double(batch, "nats", row), learned?.Learned ?? ends.Length - 1, ends[^1] - ends[0]);
    }

    /// <summary>The columns that <see cref="CostOf"/> reads.</summary>
    internal string[] CostColumns => ["document", "piece", "nats", "token_bytes", "long_token_bytes", .. holdsConversations ? ["learned"] : System.Array.Empty<string>()];

    private static int[] EndsOf(RecordBatch batch, int row)
        => TokenLengths.ToEnds(Columns.List<byte>(batch, "token_bytes", row), Columns.List<int>(batch, "long_token_bytes", row));

    // The normalizer itself may be large, its distance to the largest logit is at most ln V: float16 keeps it to three digits.
    private Half[] Offsets(Representation row)
        => [.. row.Logits.LogNormalizers.Select((z, t) => row.Logits.Indices[t * k] < 0 ? default : (Half)MathF.Max(0, z - (float)row.Logits.Logits[t * k]))];
}

using CsCheck;
using FuseSharp.Fusion.Records;

namespace FuseSharp.Fusion.Tests.Fuse;

/// <summary>Blocks of a few tokens, written out or drawn.</summary>
internal static class Blocks
{
    /// <summary>Tokens of the vocabulary of drawn blocks.</summary>
    public const int Vocabulary = 6;

    private const int MostPositions = 12;
    private const int MostModels = 3;

    /// <summary>Small whole numbers, so that ties, empty rows and rows that carry all or next to no mass are everywhere.</summary>
    public static Gen<PackedBlock> Random { get; } =
        from lengths in Gen.Int[1, 4].Array[1, 3]
        from models in Gen.Int[1, MostModels]
        from costs in Gen.Int[1, 4].Array[2 * 3 * MostModels]
        from shares in Gen.Int[0, 9].Array[MostPositions * MostModels * (Vocabulary + 1)]
        select Of(lengths, models, costs, shares);

    /// <summary>One model's rows.</summary>
    /// <param name="rows">For each position its tokens with their probabilities.</param>
    public static TeacherDistributions Rows(params (int Id, double Probability)[][] rows)
    {
        int[] starts = new int[rows.Length + 1];
        for (int t = 0; t < rows.Length; t++)
        {
            starts[t + 1] = starts[t] + rows[t].Length;
        }

        return new(starts, [.. rows.SelectMany(r => r.Select(c => c.Id))], [.. rows.SelectMany(r => r.Select(c => (float)Math.Log(c.Probability)))], ScoreUnit.LogProbability);
    }

    private static PackedBlock Of(int[] lengths, int models, int[] costs, int[] shares)
    {
        float[] Costs(int segment, int kind) => [.. costs.Skip(((segment * 2) + kind) * MostModels).Take(models).Select(c => c / 4f)];
        var segments = lengths.Select((l, s) => new PackedSegment(s, l, Costs(s, 0), Costs(s, 1))).ToArray();
        return new(new int[lengths.Sum()], segments, [.. Enumerable.Range(0, models).Select(m => Rows([.. Enumerable.Range(0, lengths.Sum()).Select(t => Row(shares, (t * MostModels) + m))]))]);
    }

    // Shares below 4 are no candidates; the last share lies outside the row.
    private static (int, double)[] Row(int[] shares, int number)
    {
        int[] own = shares.AsSpan(number * (Vocabulary + 1), Vocabulary + 1).ToArray();
        double sum = own.Where((s, v) => s >= 4 || v == Vocabulary).Sum();
        return [.. Enumerable.Range(0, Vocabulary).Where(v => own[v] >= 4).Select(v => (v, own[v] / sum))];
    }
}

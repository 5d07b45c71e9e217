using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Records;

namespace FuseSharp.Testing.Oracles;

/// <summary>Both fusion rules by their definition: whole distributions over the vocabulary, in double, one position after the other.</summary>
public static class FusionOracle
{
    /// <summary>[positions][vocabulary]: what the student shall expect; all zero where nobody says anything.</summary>
    /// <param name="block">A block.</param>
    /// <param name="rule">Which.</param>
    /// <param name="settings">For what piece of text models compete, and who takes part; reference rounding is not done.</param>
    /// <param name="renormalizes">Whether a row is a softmax over its log weights; otherwise they are log-probabilities.</param>
    /// <param name="temperature">Of that softmax.</param>
    /// <param name="vocabulary">Tokens of the target.</param>
    public static double[][] Fuse(PackedBlock block, FusionRule rule, FusionSettings settings, bool renormalizes, double temperature, int vocabulary)
    {
        int[] models = [.. Enumerable.Range(0, block.Rows.Length).Where(settings.Uses)];
        return [.. Enumerable.Range(0, block.Ids.Length).Select(t =>
        {
            double[][] rows = [.. block.Rows.Select(r => Dense(r, t, renormalizes, temperature, vocabulary))];
            rows = [.. rows.Select(r => settings.FillsFromTarget && r.Sum() == 0 ? rows[0] : r)];
            if (rule == FusionRule.MinCe)
            {
                return rows[models.MinBy(m => CostOf(block, t, m, settings))];
            }

            int[] speaking = [.. models.Where(m => rows[m].Sum() > 0)];
            double[] weights = [.. speaking.Select(m => Math.Exp(RewardOf(block, t, m, settings)))];
            return Enumerable.Range(0, vocabulary).Select(v => speaking.Select((m, i) => weights[i] / weights.Sum() * rows[m][v]).Sum()).ToArray();
        })];
    }

    /// <summary>exp(−c) of a model at a position, c in nats per target token.</summary>
    public static double RewardOf(PackedBlock block, int position, int model, FusionSettings settings)
    {
        var segment = SegmentAt(block, position);
        double scale = settings.Unit == TeacherSelection.Document ? (double)segment.NatsPerToken[0] / segment.NatsPerByte[0] : 1;
        return Math.Exp(-CostOf(block, position, model, settings) * scale);
    }

    private static double CostOf(PackedBlock block, int position, int model, FusionSettings settings)
        => settings.Unit == TeacherSelection.Document
            ? SegmentAt(block, position).NatsPerByte[model]
            : Enumerable.Range(0, block.Ids.Length).Average(t => (double)SegmentAt(block, t).NatsPerToken[model]);

    private static PackedSegment SegmentAt(PackedBlock block, int position)
        => block.Segments.SelectMany(s => Enumerable.Repeat(s, s.Length)).ElementAt(position);

    private static double[] Dense(TeacherDistributions rows, int position, bool renormalizes, double temperature, int vocabulary)
    {
        double[] dense = new double[vocabulary];
        for (int i = rows.RowStarts[position]; i < rows.RowStarts[position + 1]; i++)
        {
            dense[rows.Indices[i]] = Math.Exp(rows.Scores[i] / (renormalizes ? temperature : 1));
        }

        double sum = dense.Sum();
        return sum > 0 && (renormalizes || sum > 1) ? [.. dense.Select(p => p / sum)] : dense;
    }
}

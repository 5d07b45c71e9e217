using FuseSharp.Fusion.Records;


namespace FuseSharp.Fusion.Fuse;

/// <summary>How well each model knows the pieces of a block: the c of the FuseLLM paper, and its reward r = exp(−c).</summary>
internal static class ModelCosts
{
    /// <summary>For each segment and model the cost by which models compete there.</summary>
    public static float[][] Compute(PackedBlock block, FusionSettings settings)
        => settings.Unit == TeacherSelection.Document
            ? [.. block.Segments.Select(s => s.NatsPerByte)]
            : [.. Enumerable.Repeat(BlockMean(block, settings), block.Segments.Length)];

    /// <summary>The rewards of a segment.</summary>
    /// <param name="costs">[models], of the segment.</param>
    /// <param name="segment">Gives a document's bytes per target token: the paper's scale of c is nats per token.</param>
    /// <param name="settings">How.</param>
    public static float[] Rewards(float[] costs, PackedSegment segment, FusionSettings settings)
    {
        bool isPerByte = settings.Unit == TeacherSelection.Document && segment.NatsPerByte[0] > 0;
        double bytesPerToken = isPerByte ? segment.NatsPerToken[0] / (double)segment.NatsPerByte[0] : 1;
        return [.. costs.Select(c => settings.RoundsLikeReference ? settings.Rounded(1 / settings.Rounded(Math.Exp(settings.Rounded(c)))) : (float)Math.Exp(-c * bytesPerToken))];
    }

    private static float[] BlockMean(PackedBlock block, FusionSettings settings)
    {
        float[] mean = new float[block.Rows.Length];
        for (int m = 0; m < mean.Length; m++)
        {
            mean[m] = settings.Rounded(block.Segments.Sum(s => (double)s.NatsPerToken[m] * s.Length) / block.Ids.Length);
        }

        return mean;
    }
}

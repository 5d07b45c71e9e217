using FuseSharp.Core.Records;

namespace FuseSharp.Core.Fuse;

/// <summary>How well each model knows the pieces of a block: the c of the FuseLLM paper.</summary>
internal static class ModelCosts
{
    /// <summary>For each segment and model the cost by which models compete there.</summary>
    public static float[][] Of(PackedBlock block, ChoiceUnit unit)
        => unit == ChoiceUnit.Document
            ? [.. block.Segments.Select(s => s.NatsPerByte)]
            : [.. Enumerable.Repeat(BlockMean(block), block.Segments.Length)];

    private static float[] BlockMean(PackedBlock block)
    {
        float[] mean = new float[block.Rows.Length];
        for (int m = 0; m < mean.Length; m++)
        {
            mean[m] = (float)(block.Segments.Sum(s => (double)s.NatsPerToken[m] * s.Length) / block.Ids.Length);
        }

        return mean;
    }
}

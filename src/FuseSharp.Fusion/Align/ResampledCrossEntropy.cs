using FuseSharp.Fusion.Records;


namespace FuseSharp.Fusion.Align;

/// <summary>Carries a source's cross-entropies over the bytes of the text to the target's positions; what is paid in all stays the same.</summary>
/// <remarks>
/// What a source paid for a token is spread evenly over the token's bytes; a target position gets what falls on the token that follows it.
/// <code>
/// source   believable 3.0            nats
/// target   believ 1.8 | able 1.2
/// </code>
/// </remarks>
internal static class ResampledCrossEntropy
{
    /// <summary>[target positions]: nats; 0 at the last.</summary>
    /// <param name="targetEnds">Byte offsets just behind the target's tokens.</param>
    /// <param name="source">The document as the source reads it.</param>
    public static float[] Compute(int[] targetEnds, Representation source)
    {
        float[] nats = new float[targetEnds.Length];
        int predicting = targetEnds.Length - 1;
        int i = 0;
        for (int t = 0; t + 1 < source.Ids.Length; t++)
        {
            int start = source.EndsExclusive[t];
            int end = source.EndsExclusive[t + 1];
            while (i < predicting && targetEnds[i + 1] <= start && !(start == end && i == predicting - 1))
            {
                i++;
            }

            if (start == end && i < predicting)
            {
                nats[i] += source.CrossEntropies[t]; // the end of the text, or a token of no bytes before its word
            }

            for (int k = i; k < predicting && targetEnds[k] < end; k++)
            {
                int shared = Math.Min(end, targetEnds[k + 1]) - Math.Max(start, targetEnds[k]);
                nats[k] += shared > 0 ? source.CrossEntropies[t] * shared / (end - start) : 0;
            }
        }

        return nats;
    }
}

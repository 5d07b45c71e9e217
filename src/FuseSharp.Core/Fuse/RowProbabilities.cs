namespace FuseSharp.Core.Fuse;

/// <summary>Turns the log weights of one row into probabilities.</summary>
/// <param name="renormalizes">Whether the row is taken to carry all the mass (softmax over the row), as the reference does; otherwise log weights are true log-probabilities.</param>
/// <param name="temperature">Divides log weights before the softmax, &gt; 0; other than 1 only when renormalizing.</param>
public sealed class RowProbabilities(bool renormalizes, double temperature = 1)
{
    /// <summary>Writes the probabilities of one row.</summary>
    /// <param name="logWeights">[k].</param>
    /// <param name="probabilities">[k], written.</param>
    /// <returns>Their sum: 1 when renormalizing, otherwise at most 1.</returns>
    public float Write(ReadOnlySpan<float> logWeights, Span<float> probabilities)
    {
        float largest = renormalizes ? Max(logWeights) : 0;
        float scale = renormalizes ? (float)(1 / temperature) : 1;
        double sum = 0;
        for (int i = 0; i < logWeights.Length; i++)
        {
            probabilities[i] = MathF.Exp((logWeights[i] - largest) * scale);
            sum += probabilities[i];
        }

        // Half-precision rounding on disk can push a true row's sum a little past 1.
        if (!renormalizes && sum <= 1)
        {
            return (float)sum;
        }

        for (int i = 0; i < logWeights.Length; i++)
        {
            probabilities[i] = (float)(probabilities[i] / sum);
        }

        return 1;
    }

    private static float Max(ReadOnlySpan<float> values)
    {
        float largest = float.NegativeInfinity;
        foreach (float value in values)
        {
            largest = MathF.Max(largest, value);
        }

        return largest;
    }
}

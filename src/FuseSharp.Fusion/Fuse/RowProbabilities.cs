namespace FuseSharp.Fusion.Fuse;

/// <summary>Turns the log weights of one row into probabilities.</summary>
/// <param name="renormalizes">Whether the row is taken to carry all the mass (softmax over the row), as the reference does; otherwise log weights are true log-probabilities.</param>
/// <param name="temperature">Divides log weights before the softmax, &gt; 0; other than 1 only when renormalizing.</param>
/// <param name="settings">Whether numbers are rounded as the reference does; null for not.</param>
public sealed class RowProbabilities(bool renormalizes, double temperature = 1, FusionSettings? settings = null)
{
    /// <summary>Writes the probabilities of one row.</summary>
    /// <param name="scores">[k].</param>
    /// <param name="probabilities">[k], written.</param>
    /// <returns>Their sum: 1 when renormalizing, otherwise at most 1.</returns>
    public float Write(ReadOnlySpan<float> scores, Span<float> probabilities)
    {
        if (settings?.RoundsLikeReference == true)
        {
            return WriteRounded(scores, probabilities, settings);
        }

        float largest = renormalizes ? Max(scores) : 0;
        float scale = renormalizes ? (float)(1 / temperature) : 1;
        double sum = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            probabilities[i] = MathF.Exp((scores[i] - largest) * scale);
            sum += probabilities[i];
        }

        // Half-precision rounding on disk can push a true row's sum a little past 1.
        if (!renormalizes && sum <= 1)
        {
            return (float)sum;
        }

        for (int i = 0; i < scores.Length; i++)
        {
            probabilities[i] = (float)(probabilities[i] / sum);
        }

        return 1;
    }

    private float WriteRounded(ReadOnlySpan<float> scores, Span<float> probabilities, FusionSettings rounding)
    {
        float largest = rounding.Rounded(rounding.Rounded(Max(scores)) / temperature);
        double sum = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            probabilities[i] = MathF.Exp(rounding.Rounded(rounding.Rounded(scores[i]) / temperature) - largest);
            sum += probabilities[i];
        }

        float written = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            probabilities[i] = rounding.Rounded(probabilities[i] / sum);
            written += probabilities[i];
        }

        return written;
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

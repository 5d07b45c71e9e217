namespace FuseSharp.Models.Configuration;

/// <summary>LongRoPE (Ding et al. 2024): a divisor of its own for every pair, other ones for texts beyond the trained length, for all their positions at once.</summary>
/// <remarks>A text that grows past that length while it is written is therefore read anew: see <c>Decoder</c>.</remarks>
/// <param name="shortFactors">[pairs], for texts up to the trained length.</param>
/// <param name="longFactors">[pairs], for longer ones.</param>
/// <param name="trainedLength">Tokens.</param>
/// <param name="attentionFactor">Of cosines and sines, for short texts too.</param>
internal sealed class LongRopeScaling(double[] shortFactors, double[] longFactors, double trainedLength, double attentionFactor) : RotaryScaling("longrope")
{
    /// <summary>[pairs], for texts up to the trained length.</summary>
    public IReadOnlyList<double> ShortFactors => shortFactors;

    /// <summary>[pairs], for longer ones.</summary>
    public IReadOnlyList<double> LongFactors => longFactors;

    /// <summary>Tokens.</summary>
    public double TrainedLength => trainedLength;

    /// <inheritdoc/>
    public override double AttentionFactor => attentionFactor;

    /// <inheritdoc/>
    public override float[] Frequencies(int size, double theta, long length)
    {
        double[] divisors = length > trainedLength ? longFactors : shortFactors;
        return [.. divisors.Select((d, i) => (float)(Math.Pow(theta, -2.0 * i / size) / d))];
    }

    /// <inheritdoc/>
    public override long LengthClass(long tokens) => tokens > trainedLength ? 1 : 0;
}

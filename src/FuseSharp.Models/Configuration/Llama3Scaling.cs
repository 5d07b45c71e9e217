namespace FuseSharp.Models.Configuration;

/// <summary>Llama 3.1's: wavelengths above trained/low divided by the factor, those below trained/high kept, between them blended.</summary>
/// <param name="factor">At least 1.</param>
/// <param name="trainedLength">Tokens.</param>
/// <param name="low">Turns within the trained length below which a frequency is divided whole.</param>
/// <param name="high">Turns above which it is kept; more than <paramref name="low"/>.</param>
internal sealed class Llama3Scaling(double factor, double trainedLength, double low, double high) : RotaryScaling("llama3")
{
    /// <inheritdoc/>
    public override double Factor => factor;

    /// <inheritdoc/>
    protected override double Scaled(double frequency, int pair, int size, double theta)
    {
        double turns = trainedLength * frequency / (2 * Math.PI); // full turns within the trained length
        double kept = Math.Clamp((turns - low) / (high - low), 0, 1);
        return ((1 - kept) * frequency / factor) + (kept * frequency);
    }
}

namespace FuseSharp.Models.Configuration;

/// <summary>YaRN (Peng et al. 2023): pairs that turn often within the trained length keep their frequency, those that turn rarely have it divided, between them a ramp.</summary>
/// <remarks>
/// <code>
/// edge(n) = d · ln(trained / (2πn)) / (2 ln θ)          the pair that turns n times within the trained length
/// ramp_i  = (i − edge(fast)) / (edge(slow) − edge(fast)), 0 to 1; edges are whole pairs unless the config says otherwise
/// f_i     = f_i · (1 − ramp_i) + f_i / factor · ramp_i
/// </code>
/// </remarks>
/// <param name="factor">At least 1; it counts whatever lengths stand beside it.</param>
/// <param name="trainedLength">Tokens.</param>
/// <param name="fast">Turns above which a frequency is kept.</param>
/// <param name="slow">Turns below which it is divided whole; at most <paramref name="fast"/>.</param>
/// <param name="truncates">Whether edges are rounded to whole pairs.</param>
/// <param name="attentionFactor">Of cosines and sines.</param>
internal sealed class YarnScaling(double factor, double trainedLength, double fast, double slow, bool truncates, double attentionFactor) : RotaryScaling("yarn")
{
    /// <inheritdoc/>
    public override double Factor => factor;

    /// <inheritdoc/>
    public override double AttentionFactor => attentionFactor;

    /// <summary>Tokens.</summary>
    public double TrainedLength => trainedLength;

    /// <summary>Turns above which a frequency is kept.</summary>
    public double Fast => fast;

    /// <summary>Turns below which it is divided whole.</summary>
    public double Slow => slow;

    /// <summary>Whether edges are rounded to whole pairs.</summary>
    public bool Truncates => truncates;

    /// <summary>The config's <c>mscale_all_dim</c>, which DeepSeek's scores are sharpened by a second time; null for none.</summary>
    public double? AllDimensions { get; init; }

    /// <summary>How much attention sharpens with the length: 0.1 · weight · ln(factor) + 1.</summary>
    /// <param name="factor">Of the scaling.</param>
    /// <param name="weight">The config's <c>mscale</c> or <c>mscale_all_dim</c>.</param>
    public static double Sharpness(double factor, double weight) => factor <= 1 ? 1 : (0.1 * weight * Math.Log(factor)) + 1;

    /// <inheritdoc/>
    protected override double Scaled(double frequency, int pair, int size, double theta)
    {
        double Edge(double turns) => size * Math.Log(trainedLength / (2 * Math.PI * turns)) / (2 * Math.Log(theta));
        double low = Math.Max(truncates ? Math.Floor(Edge(fast)) : Edge(fast), 0);
        double high = Math.Min(truncates ? Math.Ceiling(Edge(slow)) : Edge(slow), size - 1);
        double ramp = Math.Clamp((pair - low) / (high == low ? 0.001 : high - low), 0, 1);
        return (frequency * (1 - ramp)) + (frequency / factor * ramp);
    }
}

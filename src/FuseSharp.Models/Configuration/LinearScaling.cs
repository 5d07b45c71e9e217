namespace FuseSharp.Models.Configuration;

/// <summary>Every frequency divided by a factor (Chen et al. 2023); with 1, none.</summary>
/// <param name="kind"><c>linear</c> or <c>default</c>.</param>
/// <param name="factor">At least 1.</param>
internal sealed class LinearScaling(string kind, double factor) : RotaryScaling(kind)
{
    /// <inheritdoc/>
    public override double Factor => factor;

    /// <inheritdoc/>
    protected override double Scaled(double frequency, int pair, int size, double theta) => frequency / factor;
}

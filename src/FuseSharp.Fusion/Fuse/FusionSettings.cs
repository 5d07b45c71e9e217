namespace FuseSharp.Fusion.Fuse;

/// <summary>What all fusion rules need to know.</summary>
/// <param name="Unit">For what piece of text models compete.</param>
/// <param name="FillsFromTarget">Whether an empty row of a model is replaced by the target's own, as the reference does.</param>
/// <param name="RoundsLikeReference">Whether metrics, rewards, weights and probabilities are rounded to bfloat16 at every step, as the reference does.</param>
/// <param name="SwitchedOff">Models that take no part: 0 the target, then the sources.</param>
public sealed record FusionSettings(TeacherSelection Unit, bool FillsFromTarget = false, bool RoundsLikeReference = false, IReadOnlyList<int>? SwitchedOff = null)
{
    /// <summary>Whether a model takes part.</summary>
    public bool Uses(int model) => SwitchedOff?.Contains(model) != true;

    /// <summary>A number as it is kept: rounded to bfloat16 (nearest, ties to even) or as it is.</summary>
    public float Rounded(double value)
    {
        if (!RoundsLikeReference)
        {
            return (float)value;
        }

        uint bits = BitConverter.SingleToUInt32Bits((float)value);
        return float.IsNaN((float)value) ? float.NaN : BitConverter.UInt32BitsToSingle((bits + 0x7FFFu + ((bits >> 16) & 1)) & 0xFFFF0000u);
    }
}

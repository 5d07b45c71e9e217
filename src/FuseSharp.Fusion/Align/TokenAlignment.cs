namespace FuseSharp.Fusion.Align;

/// <summary>Which source positions each target position of a document is laid beside.</summary>
/// <param name="First">[target positions]: the first source position; −1 where there is none.</param>
/// <param name="Last">[target positions]: the last source position, those between included; −2 where there is none.</param>
public sealed record TokenAlignment(int[] First, int[] Last)
{
    /// <summary>The only source position beside a target position; −1 where there is none or several.</summary>
    public int SingleSource(int position) => First[position] == Last[position] ? First[position] : -1;
}

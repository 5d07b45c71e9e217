namespace FuseSharp.Core.Align;

/// <summary>The best path of dynamic time warping between the tokens of one document as two models read it.</summary>
/// <param name="Cost">Sum of the edit distances on the path.</param>
/// <param name="First">[target positions]: first source position on the path.</param>
/// <param name="Last">[target positions]: last source position on the path; those between belong to it too.</param>
public sealed record WarpPath(int Cost, int[] First, int[] Last);

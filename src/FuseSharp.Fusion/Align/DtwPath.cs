namespace FuseSharp.Fusion.Align;

/// <summary>The best path of dynamic time warping between the tokens of one document as two models read it.</summary>
/// <param name="Cost">Sum of the edit distances on the path.</param>
/// <param name="Links">The source positions on the path for each target position, at least one.</param>
public sealed record DtwPath(int Cost, TokenAlignment Links);

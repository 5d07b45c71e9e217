namespace FuseSharp.Pipeline.Compare;

/// <summary>A difference in bits per byte, as files hold it.</summary>
/// <param name="Bits">More than 0 where the fused model is better.</param>
/// <param name="StandardError">Null where it is not known.</param>
public sealed record VerdictDifference(double Bits, double? StandardError);

namespace FuseSharp.Fusion.Map;

/// <summary>What a vocabulary mapping cost.</summary>
/// <param name="Equal">Source tokens whose marker-replaced string is a target token.</param>
/// <param name="AtOne">Others whose nearest target token is at edit distance 1.</param>
/// <param name="AtTwo">Others at distance 2.</param>
/// <param name="Farther">Others.</param>
/// <param name="Distances">Edit distances evaluated; comparing every pair would be source × target.</param>
/// <param name="Signatures">Symbol-count signatures compared.</param>
public readonly record struct MapStatistics(long Equal, long AtOne, long AtTwo, long Farther, long Distances, long Signatures);

namespace FuseSharp.Fusion.Records;

/// <summary>How much of a source reaches the target: what tells a sound alignment from one that silently carries nothing.</summary>
/// <param name="Positions">Target positions that a token follows; the last position of a document is not among them.</param>
/// <param name="CoveredPositions">Of these, positions whose row carries at least one candidate of the source's distribution.</param>
/// <param name="OneHotPositions">Of these, positions whose row names one token instead; boundary alignment has none.</param>
/// <param name="StoredMass">Sum of the stored candidates' true probabilities at the source positions that were taken; at most one for each.</param>
/// <param name="ArrivedMass">What of <paramref name="StoredMass"/> has a counterpart in the target's vocabulary.</param>
public readonly record struct AlignmentCoverage(long Positions, long CoveredPositions, long OneHotPositions, double StoredMass, double ArrivedMass)
{
    /// <summary>Share of target positions that carry the source's distribution, 0 to 1; 0 where there are no positions.</summary>
    public double CoveredShare => Share(CoveredPositions, Positions);

    /// <summary>Share of target positions that name one token only, 0 to 1; 0 where there are no positions.</summary>
    public double OneHotShare => Share(OneHotPositions, Positions);

    /// <summary>Share of the stored probability that arrives, 0 to 1; 0 where none was stored.</summary>
    public double ArrivedShare => Share(ArrivedMass, StoredMass);

    /// <summary>Probability that a covered position's row holds in the mean, 0 to 1: what neither the cut nor the projection left out; 0 where there are no such rows.</summary>
    public double RowMass => Share(ArrivedMass, CoveredPositions);

    /// <summary>The coverage of both together, as of one longer document.</summary>
    public static AlignmentCoverage operator +(AlignmentCoverage left, AlignmentCoverage right) => left.Add(right);

    /// <summary>The coverage of this and another document together.</summary>
    public AlignmentCoverage Add(AlignmentCoverage other) => new(
        Positions + other.Positions,
        CoveredPositions + other.CoveredPositions,
        OneHotPositions + other.OneHotPositions,
        StoredMass + other.StoredMass,
        ArrivedMass + other.ArrivedMass);

    private static double Share(double part, double whole) => whole == 0 ? 0 : part / whole;
}

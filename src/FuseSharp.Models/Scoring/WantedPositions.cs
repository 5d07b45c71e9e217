namespace FuseSharp.Models.Scoring;

/// <summary>Which positions of a sequence are scored, where not all of them are; the head is not run for the others.</summary>
/// <param name="Are">[tokens] whether a position is wanted. Others have no candidates (index −1) and cost nothing.</param>
/// <param name="Projections">[tokens] the projection of each position, null for the scorer's own; null where that counts everywhere.</param>
public sealed record WantedPositions(bool[] Are, CandidateProjection?[]? Projections = null);

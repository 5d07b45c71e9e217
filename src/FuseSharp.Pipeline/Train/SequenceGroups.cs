using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Records;

namespace FuseSharp.Pipeline.Train;

/// <summary>Which sequences of a micro-batch run side by side: shorter ones are filled up to the longest, so they should be of about one length.</summary>
internal static class SequenceGroups
{
    // A sequence is at least so much of its group's longest: at most a third more is computed than there is, and groups are few.
    private const double LeastShare = 0.75;

    /// <summary>The groups.</summary>
    /// <param name="sequences">Of one micro-batch.</param>
    /// <param name="areOfAllLengths">Whether they are documents; blocks are all of one length, but for the last of a group, and run together.</param>
    public static IEnumerable<(PackedBlock Block, FusedDistributions? Fused)[]> Of(IEnumerable<(PackedBlock Block, FusedDistributions? Fused)> sequences, bool areOfAllLengths)
    {
        if (!areOfAllLengths)
        {
            yield return [.. sequences];
            yield break;
        }

        var group = new List<(PackedBlock Block, FusedDistributions? Fused)>();
        foreach (var sequence in sequences.OrderByDescending(s => s.Block.Ids.Length)) // stable: the same on every machine
        {
            if (group.Count > 0 && sequence.Block.Ids.Length < LeastShare * group[0].Block.Ids.Length)
            {
                yield return [.. group];
                group.Clear();
            }

            group.Add(sequence);
        }

        if (group.Count > 0)
        {
            yield return [.. group];
        }
    }
}

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>Which numbers of a row each rank holds: of every bucket an equal part, the parts of all ranks in order.</summary>
/// <param name="Count">Numbers of the row.</param>
/// <param name="Ranks">Who hold them.</param>
/// <param name="Part">Numbers of a rank in a bucket; fewer in the last one, whose last parts may be shorter still.</param>
internal sealed record RankLayout(long Count, int Ranks, long Part)
{
    /// <summary>How many buckets there are.</summary>
    public int Buckets => (int)((Count + (Part * Ranks) - 1) / (Part * Ranks));

    /// <summary>Of a row in one bucket, as checkpoints had it that do not say.</summary>
    public static RankLayout Whole(long count, int ranks) => new(count, ranks, Math.Max(1, (count + ranks - 1) / ranks));

    /// <summary>Where a bucket begins, how many numbers it has, and how many of them a rank gets, but for what the last ranks may lack.</summary>
    public (long Start, long Count, long Part) BucketAt(int bucket)
    {
        long start = bucket * Part * Ranks;
        long count = Math.Min(Part * Ranks, Count - start);
        return (start, count, (count + Ranks - 1) / Ranks);
    }

    /// <summary>What a rank holds of a bucket.</summary>
    /// <returns>Where it begins in the row and in what the rank holds, and its length, which may be 0.</returns>
    public (long Start, long InShare, long Count) PartOf(int bucket, int rank)
    {
        var (start, count, part) = BucketAt(bucket);
        long before = Math.Min(count, rank * part);
        return (start + before, bucket * Part, Math.Min(part, count - before));
    }

    /// <summary>All that a rank holds, in order.</summary>
    public IEnumerable<(long Start, long InShare, long Count)> PartsOf(int rank) => Enumerable.Range(0, Buckets).Select(b => PartOf(b, rank)).Where(p => p.Count > 0);

    /// <summary>How many numbers that is.</summary>
    public long ShareOf(int rank) => PartsOf(rank).Sum(p => p.Count);
}

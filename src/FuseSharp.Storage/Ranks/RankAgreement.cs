using System.Text;
using FuseSharp.Errors;

namespace FuseSharp.Storage.Ranks;

/// <summary>Finds ranks that were started for something else: with another command, recipe, or a stale copy of the data.</summary>
public static class RankAgreement
{
    private const int LongestReason = 512; // bytes

    /// <summary>Compares what every rank is about to do with what rank 0 is. All ranks call this, and all fail where one differs.</summary>
    /// <param name="ranks">All of them.</param>
    /// <param name="own">What this rank is about to do.</param>
    /// <param name="difference">Says how that differs from rank 0's, in words that follow the name of the rank.</param>
    /// <exception cref="UsageException">A rank differs.</exception>
    public static void Check(IProcessGroup ranks, string own, Func<string, string> difference)
    {
        if (ranks.Count == 1)
        {
            return;
        }

        string first = ranks.Broadcast(own);
        byte[] reasons = new byte[ranks.Count * LongestReason];
        if (first != own)
        {
            byte[] reason = Encoding.UTF8.GetBytes(difference(first));
            reason.AsSpan(0, Math.Min(reason.Length, LongestReason)).CopyTo(reasons.AsSpan(ranks.Rank * LongestReason));
        }

        ranks.AllGather(reasons);
        for (int rank = 1; rank < ranks.Count; rank++)
        {
            var reason = reasons.AsSpan(rank * LongestReason, LongestReason);
            if (reason[0] != 0)
            {
                throw new UsageException($"{ranks.NameOf(rank)} {Encoding.UTF8.GetString(reason).TrimEnd('\0')}. Start all ranks with the same command, recipe and data.");
            }
        }
    }

    /// <summary>Compares a text of several lines, such as a recipe.</summary>
    /// <param name="ranks">All of them.</param>
    /// <param name="what">What it is called.</param>
    /// <param name="own">This rank's.</param>
    /// <exception cref="UsageException">A rank differs.</exception>
    public static void CheckLines(IProcessGroup ranks, string what, string own)
        => Check(ranks, own, first =>
        {
            var (mine, other) = own.Split('\n').Zip(first.Split('\n')).FirstOrDefault(l => l.First != l.Second);
            return mine is null ? $"has another {what} than rank 0" : $"has another {what} than rank 0: '{mine.Trim()}' for '{other!.Trim()}'";
        });
}

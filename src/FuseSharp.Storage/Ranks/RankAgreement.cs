using System.Text;
using FuseSharp.Errors;

namespace FuseSharp.Storage.Ranks;

/// <summary>Finds ranks that were started for something else: with another program, command or recipe, a stale copy of the data, or another disk under the same path.</summary>
public static class RankAgreement
{
    private const int LongestReason = 512; // bytes
    private const string Remedy = "Start all ranks with the same program, command, recipe and data.";

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
        Refuse(ranks, first == own ? null : difference(first), Remedy);
    }

    /// <summary>Compares a text of several lines, such as a recipe.</summary>
    /// <param name="ranks">All of them.</param>
    /// <param name="what">What it is called.</param>
    /// <param name="own">This rank's.</param>
    /// <exception cref="UsageException">A rank differs.</exception>
    public static void CheckLines(IProcessGroup ranks, string what, string own)
        => Check(ranks, own, first =>
        {
            string[] mine = own.Split('\n');
            string[] other = first.Split('\n');
            int at = Enumerable.Range(0, Math.Max(mine.Length, other.Length)).First(i => Line(mine, i) != Line(other, i));
            return $"has another {what} than rank 0: {Show(mine, at)} for {Show(other, at)}";
        });

    /// <summary>Ends all ranks where one of them has a reason. All call this.</summary>
    /// <param name="ranks">All of them.</param>
    /// <param name="reason">This rank's, in words that follow its name; null for none.</param>
    /// <param name="remedy">What to do.</param>
    /// <exception cref="UsageException">A rank has a reason.</exception>
    internal static void Refuse(IProcessGroup ranks, string? reason, string remedy)
    {
        byte[] reasons = new byte[ranks.Count * LongestReason];
        byte[] own = Encoding.UTF8.GetBytes(reason ?? "");
        own.AsSpan(0, Math.Min(own.Length, LongestReason)).CopyTo(reasons.AsSpan(ranks.Rank * LongestReason));
        ranks.AllGather(reasons);
        for (int rank = 0; rank < ranks.Count; rank++)
        {
            var said = reasons.AsSpan(rank * LongestReason, LongestReason);
            if (said[0] != 0)
            {
                throw new UsageException($"{ranks.NameOf(rank)} {Encoding.UTF8.GetString(said).TrimEnd('\0')}. {remedy}") { IsOfAllRanks = true };
            }
        }
    }

    private static string? Line(string[] lines, int at) => at < lines.Length ? lines[at] : null;

    private static string Show(string[] lines, int at) => Line(lines, at) is { } line ? $"'{line.Trim()}'" : "nothing";
}

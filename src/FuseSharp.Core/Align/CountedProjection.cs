using System.Runtime.InteropServices;
using FuseSharp.Core.Records;

namespace FuseSharp.Core.Align;

/// <summary>Shares a source token's probability among the target tokens with which texts really go on where the source goes on with that token.</summary>
/// <remarks>
/// At a boundary the source may expect <c>·S</c> because its vocabulary spells <c>·System</c> in pieces; the target, which knows the word, never writes
/// <c>·S</c> there. A projection that looks at the token alone teaches the target to spell as the source does. Counted over the texts themselves,
/// P(target token | source token) is what makes the carried distribution right on average (docs/decisions/0013-counted-projection.md).
/// <code>
/// source token   first token   counted over the texts
/// ·S             ·S            ·System 0.61   ·Security 0.22   ·S 0.17
/// </code>
/// </remarks>
public sealed class CountedProjection : ITokenProjection
{
    // Smaller shares lengthen rows and change nothing that float16 logits still tell apart.
    private const double SmallestShare = 0.01;

    private readonly int[] _starts;
    private readonly int[] _targets;
    private readonly float[] _shares;

    private CountedProjection(int[] starts, int[] targets, float[] shares) => (_starts, _targets, _shares) = (starts, targets, shares);

    /// <inheritdoc/>
    public int SourceTokens => _starts.Length - 1;

    /// <summary>Counts over documents; linear in their tokens.</summary>
    /// <param name="positions">Finds the shared boundaries.</param>
    /// <param name="unseen">Counts as one further occurrence of each source token, so that a token that no text holds has a target.</param>
    /// <param name="documents">Documents as both models read them; their logits are not used.</param>
    /// <exception cref="Errors.ArtifactException">Two of them are not the same document.</exception>
    public static CountedProjection Of(BoundaryAligner positions, ITokenProjection unseen, IEnumerable<(Representation Target, Representation Source)> documents)
    {
        var counts = new Dictionary<int, double>?[unseen.SourceTokens];
        foreach (var (target, source) in documents)
        {
            int[] taken = positions.Links(target, source).First;
            for (int i = 0; i + 1 < taken.Length; i++)
            {
                if (taken[i] >= 0 && taken[i] + 1 < source.Ids.Length)
                {
                    Add(counts, source.Ids[taken[i] + 1], target.Ids[i + 1], 1);
                }
            }
        }

        return Shared(counts, unseen);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<int> TargetsOf(int id) => _targets.AsSpan(_starts[id].._starts[id + 1]);

    /// <inheritdoc/>
    public ReadOnlySpan<float> SharesOf(int id) => _shares.AsSpan(_starts[id].._starts[id + 1]);

    private static CountedProjection Shared(Dictionary<int, double>?[] counts, ITokenProjection unseen)
    {
        int[] starts = new int[counts.Length + 1];
        var targets = new List<int>();
        var shares = new List<float>();
        for (int id = 0; id < counts.Length; id++)
        {
            foreach (int target in unseen.TargetsOf(id))
            {
                Add(counts, id, target, 1);
            }

            double all = counts[id]?.Values.Sum() ?? 0;
            foreach (var (target, count) in (counts[id] ?? []).OrderByDescending(c => c.Value).ThenBy(c => c.Key).Where(c => c.Value >= SmallestShare * all))
            {
                targets.Add(target);
                shares.Add((float)(count / all));
            }

            starts[id + 1] = targets.Count;
        }

        return new(starts, [.. targets], [.. shares]);
    }

    private static void Add(Dictionary<int, double>?[] counts, int source, int target, double count)
        => CollectionsMarshal.GetValueRefOrAddDefault(counts[source] ??= [], target, out _) += count;
}

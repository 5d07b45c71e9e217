namespace FuseSharp.Fusion.Records;

/// <summary>Consecutive tokens of one or more documents, with what every model says of them: one training sequence.</summary>
/// <param name="Ids">Target token ids, [tokens].</param>
/// <param name="Segments">The pieces of documents that make up the block, in order; their lengths sum to the tokens.</param>
/// <param name="Rows">For every model, the target itself first, its distributions over the target's vocabulary at the block's positions; empty for a plain text.</param>
public sealed record PackedBlock(int[] Ids, PackedSegment[] Segments, TeacherDistributions[] Rows)
{
    /// <summary>Which tokens are learned; null where all are.</summary>
    public LearnedTokens? Learned { get; init; }

    /// <summary>Its documents, each as a block of its own.</summary>
    public IEnumerable<PackedBlock> Documents()
    {
        int start = 0;
        foreach (var segment in Segments)
        {
            yield return Segments.Length == 1 ? this : new(Ids[start..(start + segment.Length)], [segment], Array.ConvertAll(Rows, r => r.Slice(start, segment.Length))) { Learned = Learned?.Slice(start, segment.Length) };
            start += segment.Length;
        }
    }

    /// <summary>Whether the token behind a position is learned.</summary>
    /// <param name="position">0-based.</param>
    public bool Predicts(int position) => LearnedTokens.IsLearnedAfter(Learned, position, Ids.Length);

    /// <summary>Positions whose next token is learned.</summary>
    public int Predicted => Learned is null ? Ids.Length - 1 : Learned.Learned - (Learned[0] ? 1 : 0);
}

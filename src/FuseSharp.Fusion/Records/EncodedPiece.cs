namespace FuseSharp.Fusion.Records;

/// <summary>A piece of a text as a model reads it.</summary>
/// <param name="Ids">Token ids, [tokens].</param>
/// <param name="EndsExclusive">Byte offset just behind each token, [tokens]; of a conversation see <see cref="Representation.Learned"/>.</param>
/// <param name="Learned">Which tokens of a conversation are learned; null for a plain text.</param>
public sealed record EncodedPiece(int[] Ids, int[] EndsExclusive, LearnedTokens? Learned)
{
    /// <summary>Number of tokens.</summary>
    public int Count => Ids.Length;

    /// <summary>Whether the token behind a position is learned; of a plain text every one is.</summary>
    /// <param name="position">0-based.</param>
    public bool Predicts(int position) => LearnedTokens.IsLearnedAfter(Learned, position, Ids.Length);

    /// <summary>Whether a row at a position says what an answer's next token is: the last of the positions that have read the same of it.</summary>
    /// <param name="position">0-based, of a conversation.</param>
    public bool SaysWhatFollows(int position)
        => Predicts(position) && !(Predicts(position + 1) && EndsExclusive[position + 1] == EndsExclusive[position]);
}

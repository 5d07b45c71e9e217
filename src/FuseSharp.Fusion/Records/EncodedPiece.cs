namespace FuseSharp.Fusion.Records;

/// <summary>A piece of a text as a model reads it.</summary>
/// <param name="Ids">Token ids, [tokens].</param>
/// <param name="EndsExclusive">Byte offset just behind each token, [tokens]; of a conversation see <see cref="Representation.Learned"/>.</param>
/// <param name="Learned">Which tokens of a conversation are learned; null for a plain text.</param>
public sealed record EncodedPiece(int[] Ids, int[] EndsExclusive, LearnedTokens? Learned)
{
    /// <summary>Number of tokens.</summary>
    public int Count => Ids.Length;
}

namespace FuseSharp.Tokenizers;

/// <summary>The tokens of one text.</summary>
/// <param name="Ids">Token ids, [tokens].</param>
/// <param name="EndsExclusive">For each token the offset in the UTF-8 text just behind its last byte, [tokens], never falling. A token that stands
/// for no text of its own (a prefix space that the tokenizer added) ends where it starts; the last one ends at the text's length.</param>
public sealed record TokenizedText(int[] Ids, int[] EndsExclusive)
{
    /// <summary>Number of tokens.</summary>
    public int Count => Ids.Length;
}

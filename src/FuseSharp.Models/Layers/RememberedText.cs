namespace FuseSharp.Models.Layers;

/// <summary>What a sequence of a cache consists of.</summary>
/// <param name="Ids">Its tokens, without padding.</param>
/// <param name="ReadAs">Length of the text, as which its keys were made.</param>
internal sealed record RememberedText(long[] Ids, long ReadAs)
{
    /// <summary>Length of the text, as which its keys were made.</summary>
    public long ReadAs { get; set; } = ReadAs;
}

namespace FuseSharp.Tokenizers.Chat;

/// <summary>Where the content of a message stands in a rendered conversation.</summary>
/// <param name="Start">Byte offset of its first byte in the UTF-8 text; −1 where it was not found.</param>
/// <param name="EndExclusive">Byte offset just behind it; −1 where it was not found.</param>
/// <param name="Skipped">Bytes of the content that the template leaves out before it: white space, or an earlier answer's reasoning.</param>
/// <param name="Change">What the template does to the content.</param>
public sealed record ContentPlace(int Start, int EndExclusive, int Skipped, ContentChange Change)
{
    /// <summary>A content that stands nowhere.</summary>
    /// <param name="change">Why.</param>
    public static ContentPlace Nowhere(ContentChange change) => new(-1, -1, 0, change);
}

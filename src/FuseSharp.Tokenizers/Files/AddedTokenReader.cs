namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads the description of one added token.</summary>
internal static class AddedTokenReader
{
    /// <summary>A token whose id stands outside of the description.</summary>
    public static AddedToken Read(JsonPart part, int id)
    {
        var content = part.Field("content");
        string text = content.Text();
        bool isSpecial = part.Flag("special");
        return new AddedToken
        {
            Id = id,
            Content = text.Length > 0 ? text : throw content.Error("a string that is not empty"),
            IsSpecial = isSpecial,
            IsNormalized = part.Flag("normalized", otherwise: !isSpecial),
            StripsLeft = part.Flag("lstrip"),
            StripsRight = part.Flag("rstrip"),
            IsSingleWord = part.Flag("single_word"),
        };
    }
}

namespace FuseSharp.Core.Tokenizers.Files;

/// <summary>Reads from "post_processor" what it puts before a text.</summary>
internal static class PostProcessorReader
{
    /// <summary>Whether its template starts with a token.</summary>
    public static bool StartsWith(JsonPart? processor, string token)
    {
        if (processor is not { } part)
        {
            return false;
        }

        if (part.Field("type").Text() == "Sequence")
        {
            return part.Field("processors").Items().Any(p => StartsWith(p, token));
        }

        var first = part.Find("single")?.Items().Select(p => p.Find("SpecialToken")).FirstOrDefault();
        return first?.Field("id").Text() == token;
    }
}

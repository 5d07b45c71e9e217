using System.Text.Json;

namespace FuseSharp.Serve.Protocol;

/// <summary>Fields that hold one value or a list.</summary>
internal static class TextOrTexts
{
    /// <summary>Stop texts: a text, a list of texts, or nothing.</summary>
    /// <exception cref="ApiException">It is something else, or there are more than 16.</exception>
    public static string[] StopsOf(JsonElement? value)
        => value switch
        {
            null or { ValueKind: JsonValueKind.Null } => [],
            { ValueKind: JsonValueKind.String } text => [text.GetString()!],
            { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() <= 16 && list.EnumerateArray().All(i => i.ValueKind == JsonValueKind.String) => [.. list.EnumerateArray().Select(i => i.GetString()!)],
            _ => throw new ApiException(400, "'stop' is neither a text nor a list of at most 16 texts.", "stop"),
        };

    /// <summary>Content of a message: a text, or a list of parts of the type <c>text</c>.</summary>
    /// <exception cref="ApiException">It is something else.</exception>
    public static string ContentOf(JsonElement? value)
        => value switch
        {
            null or { ValueKind: JsonValueKind.Null } => "",
            { ValueKind: JsonValueKind.String } text => text.GetString()!,
            { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(PartOf)),
            _ => throw Unfit(),
        };

    private static string PartOf(JsonElement part)
        => part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("text")
            && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : throw Unfit();

    private static ApiException Unfit() => new(400, "'content' of a message is neither a text nor a list of parts of the type 'text'. This model reads text only.", "messages");
}

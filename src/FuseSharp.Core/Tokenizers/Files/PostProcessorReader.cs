using System.Text.Json.Nodes;

namespace FuseSharp.Core.Tokenizers.Files;

/// <summary>Reads from "post_processor" what it puts before a text, and writes one that does.</summary>
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

    /// <summary>A template that puts a token before every text.</summary>
    /// <param name="token">Its string.</param>
    /// <param name="id">Its id.</param>
    public static JsonObject Beginning(string token, long id)
    {
        JsonObject Special() => new() { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = 0 } };
        JsonObject Text(string name) => new() { ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = 0 } };
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray(Special(), Text("A")),
            ["pair"] = new JsonArray(Special(), Text("A"), Special(), Text("B")),
            ["special_tokens"] = new JsonObject { [token] = new JsonObject { ["id"] = token, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(token) } },
        };
    }
}

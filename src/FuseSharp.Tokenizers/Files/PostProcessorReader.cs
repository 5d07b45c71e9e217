using System.Text.Json.Nodes;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads from "post_processor" what it puts before and after a text, and writes one that puts a token before it.</summary>
internal static class PostProcessorReader
{
    /// <summary>The tokens that it puts before a text, and those after it.</summary>
    /// <param name="processor">The field; null for none.</param>
    /// <param name="ids">Ids by token.</param>
    /// <exception cref="Errors.ModelException">It is of a kind that is not known, or puts an id there that is not its token's.</exception>
    public static (IReadOnlyList<string> Before, IReadOnlyList<string> After) Read(JsonPart? processor, IReadOnlyDictionary<string, int> ids)
    {
        var before = new List<string>();
        var after = new List<string>();
        if (processor is { } part)
        {
            Read(part, ids, before, after);
        }

        return (before, after);
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

    private static void Read(JsonPart part, IReadOnlyDictionary<string, int> ids, List<string> before, List<string> after)
    {
        var type = part.Field("type");
        switch (type.Text())
        {
            case "Sequence":
                foreach (var step in part.Field("processors").Items())
                {
                    Read(step, ids, before, after);
                }

                break;
            case "ByteLevel":
                break; // offsets alone
            case "TemplateProcessing":
                ReadTemplate(part, ids, before, after);
                break;
            case "BertProcessing" or "RobertaProcessing":
                before.Insert(0, Named(part.Field("cls")));
                after.Add(Named(part.Field("sep")));
                break;
            default:
                throw type.Unsupported("what is put around texts in a way that is not supported here; known are Sequence, ByteLevel, TemplateProcessing, BertProcessing and RobertaProcessing");
        }
    }

    private static void ReadTemplate(JsonPart part, IReadOnlyDictionary<string, int> ids, List<string> before, List<string> after)
    {
        var own = new List<string>();
        bool isText = false;
        foreach (var piece in part.Field("single").Items())
        {
            if (piece.Find("SpecialToken") is not { } special)
            {
                isText = true;
                continue;
            }

            string token = special.Field("id").Text();
            int[]? stored = part.Find("special_tokens")?.Find(token)?.Find("ids")?.Items().Select(i => i.Number()).ToArray();
            if (stored is not null && (!ids.TryGetValue(token, out int id) || !stored.SequenceEqual([id])))
            {
                throw special.Unsupported("a token that the template's special_tokens give other ids than the vocabulary");
            }

            (isText ? after : own).Add(token);
        }

        before.InsertRange(0, own);
    }

    // ["</s>", 2]
    private static string Named(JsonPart pair) => pair.Items().First().Text();
}

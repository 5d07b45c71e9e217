using System.Text.Json;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Serve.Endpoints;

/// <summary>Reads the field <c>prompt</c>: a text, a list of texts, token ids, or a list of lists of them.</summary>
internal static class PromptField
{
    /// <summary>Token ids of each prompt.</summary>
    /// <exception cref="ApiException">It is something else, or holds ids that the model does not have.</exception>
    public static List<int[]> Read(JsonElement? field, LanguageModel model)
    {
        JsonElement[] items = field is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];
        return field is { ValueKind: JsonValueKind.String } text ? [model.PromptIds(text.GetString()!)]
            : items.Length == 0 ? throw Unfit()
            : items[0].ValueKind switch
            {
                JsonValueKind.String => [.. items.Select(i => i.ValueKind == JsonValueKind.String ? model.PromptIds(i.GetString()!) : throw Unfit())],
                JsonValueKind.Number => [Ids(items, model)],
                _ => [.. items.Select(i => i.ValueKind == JsonValueKind.Array ? Ids([.. i.EnumerateArray()], model) : throw Unfit())],
            };
    }

    private static int[] Ids(JsonElement[] items, LanguageModel model)
    {
        int size = model.Tokenizer.Vocabulary.Count;
        return items.Length == 0 ? throw Unfit()
            : [.. items.Select(i => i.ValueKind == JsonValueKind.Number && i.TryGetInt32(out int id) && id >= 0 && id < size ? id
                : throw new ApiException(400, FormattableString.Invariant($"'prompt' holds '{i.GetRawText()}', expected token ids from 0 to {size - 1}."), "prompt"))];
    }

    private static ApiException Unfit() => new(400, "'prompt' is missing or empty. Expected a text, a list of texts, token ids, or a list of lists of token ids.", "prompt");
}

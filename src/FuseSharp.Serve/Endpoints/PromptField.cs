using System.Text.Json;
using FuseSharp.Models;
using FuseSharp.Serve.Protocol;

namespace FuseSharp.Serve.Endpoints;

/// <summary>Reads the field <c>prompt</c>: a text, a list of texts, token ids, or a list of lists of them.</summary>
internal static class PromptField
{
    private const string Name = "prompt";

    // As many as continuations: each prompt has at least one.
    private const int MostPrompts = ServedModel.MostContinuations;

    /// <summary>Token ids of each prompt.</summary>
    /// <exception cref="ApiException">It is something else, or holds ids that the model does not have.</exception>
    public static async Task<List<int[]>> ReadAsync(JsonElement? field, ServedModel served, CancellationToken cancellation)
    {
        CheckLengths(field, served);
        JsonElement[] items = field is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];
        if (field is { ValueKind: JsonValueKind.String } text)
        {
            return await served.TokenizeAsync([text.GetString()!], isConversation: false, Name, cancellation);
        }

        return items.Length == 0 ? throw Unfit()
            : items[0].ValueKind switch
            {
                JsonValueKind.String => await served.TokenizeAsync([.. items.Select(i => i.ValueKind == JsonValueKind.String ? i.GetString()! : throw Unfit())], isConversation: false, Name, cancellation),
                JsonValueKind.Number => [Ids(items, served.Model)],
                _ => [.. items.Select(i => i.ValueKind == JsonValueKind.Array ? Ids([.. i.EnumerateArray()], served.Model) : throw Unfit())],
            };
    }

    // Counted before they are taken: a list of all numbers that fit a body is large.
    private static void CheckLengths(JsonElement? field, ServedModel served)
    {
        if (field is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() == 0)
        {
            return;
        }

        bool isOne = list[0].ValueKind == JsonValueKind.Number;
        int longest = isOne ? list.GetArrayLength() : list.EnumerateArray().Max(i => i.ValueKind == JsonValueKind.Array ? i.GetArrayLength() : 0);
        served.CheckLength(longest, writes: false, Name);
        if (!isOne && list.GetArrayLength() > MostPrompts)
        {
            throw new ApiException(400, FormattableString.Invariant($"'{Name}' holds {list.GetArrayLength()} prompts, expected at most {MostPrompts}."), Name);
        }
    }

    private static int[] Ids(JsonElement[] items, LanguageModel model)
    {
        int size = model.Tokenizer.Vocabulary.Count;
        return items.Length == 0 ? throw Unfit()
            : [.. items.Select(i => i.ValueKind == JsonValueKind.Number && i.TryGetInt32(out int id) && id >= 0 && id < size ? id
                : throw new ApiException(400, FormattableString.Invariant($"'{Name}' holds '{i.GetRawText()}', expected token ids from 0 to {size - 1}."), Name))];
    }

    private static ApiException Unfit() => new(400, $"'{Name}' is missing or empty. Expected a text, a list of texts, token ids, or a list of lists of token ids.", Name);
}

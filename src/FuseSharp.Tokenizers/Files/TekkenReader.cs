using System.Globalization;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads <c>tekken.json</c>, Mistral's own writing of its byte-level vocabularies: pattern, tokens in base64 by rank, special tokens before them.</summary>
internal static class TekkenReader
{
    // What files of before special_tokens have, by mistral-common.
    private static readonly string[] _specials =
    [
        "<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]", "[PREFIX]",
        "[MIDDLE]", "[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]",
    ];

    /// <summary>The vocabulary.</summary>
    /// <exception cref="Errors.ModelException">It is damaged.</exception>
    public static RankedVocabulary Read(JsonPart root, string path)
    {
        var config = root.Field("config");
        int specials = config.Field("default_num_special_tokens").Number();
        int count = config.Field("default_vocab_size").Number() - specials;
        var tokens = new List<(byte[] Token, int Rank)>();
        foreach (var entry in root.Field("vocab").Items())
        {
            // The file may hold more than the model has rows.
            int rank = entry.Field("rank").Number();
            if (rank < count)
            {
                tokens.Add((ReadBytes(entry.Field("token_bytes")), rank));
            }
        }

        return new RankedVocabulary
        {
            Path = path,
            Tokens = RankedVocabulary.InOrder(tokens, path),
            FirstId = specials,
            Pattern = config.Field("pattern").Text(),
            Added = ReadSpecials(root, config, specials),
            Beginning = "<s>",
            End = "</s>",
        };
    }

    private static List<(string Content, int Id, bool IsSpecial)> ReadSpecials(JsonPart root, JsonPart config, int count)
    {
        var named = root.Find("special_tokens")?.Items().Select(t => (Content: t.Field("token_str").Text(), Id: t.Field("rank").Number(), IsSpecial: t.Flag("is_control", otherwise: true))).ToList()
            ?? [.. _specials.Select((content, id) => (content, id, true))];
        if (count > 100_000 || named.Count > count || named.Select((t, i) => t.Id == i && t.Content.Length > 0).Contains(false))
        {
            throw config.Error("the number of special tokens, with ranks from 0 on");
        }

        named.AddRange(Enumerable.Range(named.Count, count - named.Count).Select(i => (string.Create(CultureInfo.InvariantCulture, $"<SPECIAL_{i}>"), i, true)));
        return named;
    }

    private static byte[] ReadBytes(JsonPart part)
    {
        string text = part.Text();
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int count) ? bytes[..count] : throw part.Error("bytes in base64");
    }
}

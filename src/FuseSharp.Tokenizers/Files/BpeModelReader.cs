using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Tokenizers.Bpe;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads "model" of <c>tokenizer.json</c>.</summary>
internal static class BpeModelReader
{
    /// <summary>The merging part.</summary>
    /// <param name="model">The field "model".</param>
    /// <param name="ids">Ids by token of the model alone: an added token is no part of words.</param>
    /// <param name="tokenCount">Number of ids.</param>
    /// <param name="isByteLevel">Whether words come as bytes in the printable writing.</param>
    public static BpeModel Read(JsonPart model, Dictionary<string, int> ids, int tokenCount, bool isByteLevel)
    {
        if (model.Find("dropout") is { } dropout && !(dropout.Kind == JsonValueKind.Number && dropout.Element.GetDouble() == 0))
        {
            throw dropout.Unsupported("merges that are left out at random; expected null");
        }

        foreach (string affix in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (model.Find(affix) is { } part && part.Text().Length > 0)
            {
                throw part.Error("no such affix, which none of the supported families has");
            }
        }

        var unknown = model.Find("unk_token");
        int unknownId = unknown is not { } token ? -1 : ids.TryGetValue(token.Text(), out int id) ? id : throw token.Error("a token of the vocabulary");
        bool fallsBack = model.Flag("byte_fallback");
        int[] bytes = new int[256];
        for (int b = 0; b < 256; b++)
        {
            string name = isByteLevel ? ByteAlphabet.CharacterOf((byte)b).ToString() : TokenBytes.Name(b);
            bytes[b] = isByteLevel || fallsBack ? ids.GetValueOrDefault(name, -1) : -1;
        }

        return new BpeModel
        {
            Merges = ReadMerges(model.Field("merges"), ids),
            TokenCount = tokenCount,
            Characters = isByteLevel ? null : SingleCharacters(ids),
            Bytes = bytes,
            UnknownId = unknownId,
            FusesUnknown = model.Flag("fuse_unk"),
            WholeWords = model.Flag("ignore_merges") ? ids : null,
        };
    }

    private static SymbolTable SingleCharacters(Dictionary<string, int> ids)
    {
        var table = new SymbolTable();
        foreach (var (token, id) in ids)
        {
            if (token.Length == 1 ? !char.IsSurrogate(token[0]) : token.Length == 2 && char.IsSurrogatePair(token[0], token[1]))
            {
                table.Add(char.ConvertToUtf32(token, 0), id);
            }
        }

        return table;
    }

    private static MergeTable ReadMerges(JsonPart merges, Dictionary<string, int> ids)
    {
        // All are read before the table takes memory by their number.
        var pairs = new List<(int Left, int Right, int Result)>();
        foreach (var merge in merges.Items())
        {
            (string left, string right) = ReadPair(merge);
            pairs.Add((IdOf(left), IdOf(right), IdOf(left + right)));

            int IdOf(string token) => ids.TryGetValue(token, out int id) ? id
                : throw new ModelException($"{merge.Place} needs the token \"{token}\", which the vocabulary lacks; expected both parts and their sum. Take the file from the model's publisher again.");
        }

        var table = new MergeTable(pairs.Count);
        for (int rank = 0; rank < pairs.Count; rank++)
        {
            table.Add(pairs[rank].Left, pairs[rank].Right, rank, pairs[rank].Result);
        }

        return table;
    }

    /// <summary>Both writings: <c>"a b"</c> and, since tokenizers 0.20, <c>["a", "b"]</c>.</summary>
    private static (string Left, string Right) ReadPair(JsonPart merge)
    {
        if (merge.Kind == JsonValueKind.Array)
        {
            string[] parts = merge.Items().Select(p => p.Text()).ToArray();
            return parts.Length == 2 ? (parts[0], parts[1]) : throw merge.Error("two token strings");
        }

        string text = merge.Text();
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && space == text.LastIndexOf(' ') && space + 1 < text.Length
            ? (text[..space], text[(space + 1)..])
            : throw merge.Error("two token strings with one space between");
    }
}

using FuseSharp.Tokenizers.Unigram;
using FuseSharp.Tokenizers.Words;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads "model" of <c>tokenizer.json</c>.</summary>
internal static class ModelReader
{
    private const string Bpe = "BPE";
    private const string Unigram = "Unigram";
    private const string WordPiece = "WordPiece";
    private const string WordLevel = "WordLevel";

    /// <summary>Its kind; files of old versions do not say it, and are told by their fields.</summary>
    /// <exception cref="Errors.ModelException">It is of no known kind.</exception>
    public static string KindOf(JsonPart model)
    {
        if (model.Find("type") is not { } type)
        {
            return model.Find("merges") is not null ? Bpe : model.Find("unk_id") is not null || model.Field("vocab").Kind == System.Text.Json.JsonValueKind.Array ? Unigram
                : model.Find("continuing_subword_prefix") is not null || model.Find("max_input_chars_per_word") is not null ? WordPiece : WordLevel;
        }

        return type.Text() is var kind && kind is Bpe or Unigram or WordPiece or WordLevel ? kind
            : throw type.Unsupported("a kind of tokenizer that is not supported here; known are BPE, Unigram, WordPiece and WordLevel");
    }

    /// <summary>Adds the model's own tokens to the vocabulary.</summary>
    public static void ReadVocabulary(JsonPart model, VocabularyTable vocabulary)
    {
        if (KindOf(model) == Unigram)
        {
            int id = 0;
            foreach (var entry in model.Field("vocab").Items())
            {
                vocabulary.Add(entry.Items().First().Text(), id++);
            }

            return;
        }

        foreach (var (token, id) in model.Field("vocab").Fields())
        {
            vocabulary.Add(token, id.Number());
        }
    }

    /// <summary>The model.</summary>
    /// <param name="model">The field "model".</param>
    /// <param name="ids">Ids by token of the model alone: an added token is no part of words.</param>
    /// <param name="tokenCount">Number of ids.</param>
    /// <param name="isByteLevel">Whether words come as bytes, to be written in printable characters here.</param>
    public static IWordModel Read(JsonPart model, Dictionary<string, int> ids, int tokenCount, bool isByteLevel) => KindOf(model) switch
    {
        Bpe => BpeModelReader.Read(model, ids, tokenCount, isByteLevel),
        Unigram => ReadUnigram(model, ids),
        WordPiece => new WordPieceModel(ids, Unknown(model, ids), ReadPrefix(model), model.Find("max_input_chars_per_word")?.Number() ?? 100),
        _ => new WordLevelModel(ids, Unknown(model, ids)),
    };

    /// <summary>What tokens that continue a word begin with, or null where the model has none such.</summary>
    public static string? PrefixOf(JsonPart model) => KindOf(model) == WordPiece ? ReadPrefix(model) : null;

    private static string ReadPrefix(JsonPart model) => model.Find("continuing_subword_prefix")?.Text() ?? "##";

    private static UnigramModel ReadUnigram(JsonPart model, Dictionary<string, int> ids)
    {
        var tokens = new List<string>();
        var scores = new List<double>();
        foreach (var entry in model.Field("vocab").Items())
        {
            JsonPart[] pair = [.. entry.Items()];
            if (pair.Length != 2)
            {
                throw entry.Error("a token and its log-probability");
            }

            tokens.Add(pair[0].Text());
            scores.Add(SerdeNumber.Read(pair[1]));
        }

        if (tokens.Count == 0)
        {
            throw model.Field("vocab").Error("tokens");
        }

        var unknown = model.Find("unk_id") ?? throw model.Unsupported("which names no unknown token (unk_id): not every text could be written");
        int unknownId = unknown.Number() is var id && id < tokens.Count ? id : throw unknown.Error("the id of a token");
        bool fallsBack = model.Flag("byte_fallback");
        return new UnigramModel(tokens, scores)
        {
            LowestScore = scores.Min(),
            UnknownId = unknownId,
            Bytes = [.. Enumerable.Range(0, 256).Select(b => fallsBack ? ids.GetValueOrDefault(TokenBytes.Name(b), -1) : -1)],
        };
    }

    private static int Unknown(JsonPart model, Dictionary<string, int> ids)
    {
        var token = model.Find("unk_token");
        string name = token?.Text() ?? "[UNK]";
        return ids.TryGetValue(name, out int id) ? id : throw (token ?? model).Error($"an unk_token of the vocabulary; it lacks \"{name}\"");
    }
}

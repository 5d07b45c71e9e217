using System.Text;
using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Writes the tokenizer in a GGUF file's metadata as Hugging Face's files, which are then read as any others and can be saved beside a trained model.</summary>
/// <remarks><c>tokenizer.ggml.model</c> "gpt2" becomes a <c>tokenizer.json</c> (byte-level BPE), "llama" a <c>tokenizer.model</c> (SentencePiece BPE).</remarks>
public static class GgufTokenizerFiles
{
    // Kinds of tokens, as SentencePiece numbers them.
    private const int Normal = 1;
    private const int Unknown = 2;
    private const int Control = 3;
    private const int UserDefined = 4;
    private const int Unused = 5;
    private const int Byte = 6;

    private static readonly (string Key, string Role)[] _roles = [("bos", "bos_token"), ("eos", "eos_token"), ("unknown", "unk_token"), ("padding", "pad_token")];

    /// <summary>The files.</summary>
    /// <exception cref="ModelException">There is no tokenizer in the file, or of a kind that is not supported.</exception>
    public static TokenizerFiles Read(string path)
    {
        var file = GgufFile.Read(path);
        string kind = file.Text("tokenizer.ggml.model") ?? throw file.Error("holds no tokenizer, expected the metadata 'tokenizer.ggml.model'");
        string[] tokens = file.Texts("tokenizer.ggml.tokens") ?? throw file.Error("holds no vocabulary, expected the metadata 'tokenizer.ggml.tokens'");
        double[] kinds = file.Numbers("tokenizer.ggml.token_type") ?? [.. tokens.Select(_ => (double)Normal)];
        if (tokens.Length == 0 || kinds.Length != tokens.Length)
        {
            throw file.Error(FormattableString.Invariant($"has {tokens.Length} tokens and {kinds.Length} kinds of them, expected as many of both"));
        }

        tokens = tokens[..CountOfTokens(file, tokens, kinds)];
        var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal) { [TokenizerFileNames.Config] = Encoding.UTF8.GetBytes(Config(file, kind, tokens, kinds).ToJsonString()) };
        switch (kind)
        {
            case "gpt2":
                contents[TokenizerFileNames.Json] = Encoding.UTF8.GetBytes(ByteLevelJson(file, tokens, kinds).ToJsonString());
                break;
            case "llama":
                contents[TokenizerFileNames.SentencePiece] = SentencePieceModel(file, tokens, kinds);
                break;
            default:
                throw file.Error($"holds a tokenizer of the kind '{kind}', known are gpt2 (byte-level BPE) and llama (SentencePiece)");
        }

        return new TokenizerFiles(path, contents);
    }

    // Where the file does not say it, as llama.cpp has it.
    private static bool AddsBeginning(GgufFile file, bool isSentencePiece) => file.Flag("tokenizer.ggml.add_bos_token") ?? (isSentencePiece || GgufSplitters.IsLlama3(file.Text("tokenizer.ggml.pre")));

    // Fast tokenizers put the token before a text by their template, whatever their configuration says.
    private static JsonNode PostProcessor(GgufFile file, string[] tokens)
    {
        var spelling = JsonNode.Parse(GgufSplitters.ByteLevel)!;
        long id = file.Number("tokenizer.ggml.bos_token_id", -1);
        if (id < 0 || id >= tokens.Length || !AddsBeginning(file, isSentencePiece: false))
        {
            return spelling;
        }

        return new JsonObject { ["type"] = "Sequence", ["processors"] = new JsonArray(spelling, PostProcessorReader.Beginning(tokens[id], id)) };
    }

    // Without the names that llama.cpp's conversion gives to rows of the embedding beyond the vocabulary: those rows stand for no token, as in the folder that was converted.
    private static int CountOfTokens(GgufFile file, string[] tokens, double[] kinds)
    {
        long named = _roles.Max(r => file.Number($"tokenizer.ggml.{r.Key}_token_id", -1));
        int count = tokens.Length;
        while (count - 1 > named && kinds[count - 1] == Unused && tokens[count - 1] == FormattableString.Invariant($"[PAD{count - 1}]"))
        {
            count--;
        }

        return count;
    }

    private static JsonObject Config(GgufFile file, string kind, string[] tokens, double[] kinds)
    {
        bool isSentencePiece = kind == "llama";
        var added = new JsonObject();
        for (int id = 0; id < tokens.Length; id++)
        {
            if (kinds[id] is Control or UserDefined || (kinds[id] == Unknown && isSentencePiece))
            {
                added[id.ToString(System.Globalization.CultureInfo.InvariantCulture)] = Added(tokens[id], kinds[id] != UserDefined);
            }
        }

        var config = new JsonObject
        {
            ["add_bos_token"] = AddsBeginning(file, isSentencePiece),
            ["add_eos_token"] = false,
            ["added_tokens_decoder"] = added,
            ["clean_up_tokenization_spaces"] = false,
            ["tokenizer_class"] = isSentencePiece ? "LlamaTokenizer" : "PreTrainedTokenizerFast",
        };
        if (isSentencePiece)
        {
            config["legacy"] = true;
            config["add_prefix_space"] = file.Flag("tokenizer.ggml.add_space_prefix") ?? true;
        }

        foreach (var (key, role) in _roles)
        {
            long id = file.Number($"tokenizer.ggml.{key}_token_id", -1);
            if (id >= tokens.Length)
            {
                throw file.Error(FormattableString.Invariant($"gives the {role} the id {id}, expected one of {tokens.Length} tokens"));
            }

            if (id >= 0)
            {
                config[role] = tokens[id];
            }
        }

        if (file.Text("tokenizer.chat_template") is { } template)
        {
            config["chat_template"] = template;
        }

        return config;
    }

    private static JsonObject ByteLevelJson(GgufFile file, string[] tokens, double[] kinds)
    {
        string pattern = file.Text("tokenizer.ggml.pre") ?? throw file.Error("does not say how its tokenizer splits words (no 'tokenizer.ggml.pre', as in files of before May 2024)",
            "Its ids would be guesses. Convert the model again with a current llama.cpp, or name its Hugging Face folder.");
        var splitter = GgufSplitters.Find(pattern)
            ?? throw file.Error($"splits words as '{pattern}', which is not supported; known are {string.Join(", ", GgufSplitters.Names)}", "Name the model's Hugging Face folder.");

        var vocabulary = new JsonObject();
        var added = new JsonArray();
        for (int id = 0; id < tokens.Length; id++)
        {
            if (!vocabulary.TryAdd(tokens[id], id))
            {
                throw file.Error(FormattableString.Invariant($"gives token {id} the text of another one, expected different texts"));
            }

            if (kinds[id] is Control or UserDefined)
            {
                var token = Added(tokens[id], kinds[id] == Control);
                token["id"] = id;
                added.Add(token);
            }
        }

        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = added,
            ["normalizer"] = splitter.Composes ? new JsonObject { ["type"] = "NFC" } : null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray([.. splitter.Steps.Select(s => JsonNode.Parse(s))]) },
            ["post_processor"] = PostProcessor(file, tokens),
            ["decoder"] = JsonNode.Parse(GgufSplitters.ByteLevel),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["ignore_merges"] = splitter.KeepsTokens,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. (file.Texts("tokenizer.ggml.merges") ?? throw file.Error("lacks the metadata 'tokenizer.ggml.merges'")).Select(m => (JsonNode)m)]),
            },
        };
    }

    private static JsonObject Added(string token, bool isSpecial)
        => new() { ["content"] = token, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = isSpecial };

    /// <summary>The protobuf message of sentencepiece_model.proto, with the fields that decide ids.</summary>
    private static byte[] SentencePieceModel(GgufFile file, string[] tokens, double[] kinds)
    {
        double[] scores = file.Numbers("tokenizer.ggml.scores") ?? throw file.Error("lacks the metadata 'tokenizer.ggml.scores'");
        if (scores.Length != kinds.Length)
        {
            throw file.Error(FormattableString.Invariant($"has {kinds.Length} tokens and {scores.Length} scores, expected as many of both"));
        }

        var message = new ProtobufWriter();
        for (int id = 0; id < tokens.Length; id++)
        {
            // A user-defined token is found before words are merged, as an added token; as a piece it only keeps its id.
            bool isUserDefined = kinds[id] == UserDefined;
            var piece = new ProtobufWriter();
            piece.Bytes(1, Encoding.UTF8.GetBytes(tokens[id]));
            piece.Single(2, isUserDefined ? float.MinValue : (float)scores[id]);
            piece.Number(3, isUserDefined ? Normal : (ulong)kinds[id]);
            message.Bytes(1, piece.Content);
        }

        var training = new ProtobufWriter();
        training.Number(3, 2); // BPE
        training.Number(35, kinds.Contains(Byte) ? 1UL : 0);
        message.Bytes(2, training.Content);
        var normalization = new ProtobufWriter();
        normalization.Number(3, file.Flag("tokenizer.ggml.add_space_prefix") ?? true ? 1UL : 0);
        normalization.Number(4, 0);
        normalization.Number(5, 1);
        message.Bytes(3, normalization.Content);
        return message.Content.ToArray();
    }
}

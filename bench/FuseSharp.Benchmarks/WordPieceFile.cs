using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Testing;

namespace FuseSharp.Benchmarks;

/// <summary>A WordPiece tokenizer as BERT's, of the words of another vocabulary: none is published under a licence that lets it lie here.</summary>
internal static class WordPieceFile
{
    /// <summary>Writes <c>tokenizer.json</c>.</summary>
    /// <param name="folder">Where.</param>
    public static void Write(string folder)
    {
        var source = JsonNode.Parse(File.ReadAllBytes(SharedData.Path("data", "tokenizers-today", "smollm2", "tokenizer.json")))!["model"]!["vocab"]!.AsObject();
        var tokens = new List<string> { "[UNK]" };
        tokens.AddRange(source.Select(t => t.Key.StartsWith('Ġ') ? t.Key[1..].ToLowerInvariant() : "##" + t.Key.ToLowerInvariant()).Where(t => t.Length > 0));
        tokens.AddRange(Enumerable.Range('!', 94).Select(c => ((char)c).ToString()));
        var vocabulary = new JsonObject(tokens.Distinct(StringComparer.Ordinal).Select((t, id) => KeyValuePair.Create(t, (JsonNode?)id)));
        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = new JsonObject { ["type"] = "BertNormalizer", ["clean_text"] = true, ["handle_chinese_chars"] = true, ["strip_accents"] = null, ["lowercase"] = true },
            ["pre_tokenizer"] = new JsonObject { ["type"] = "BertPreTokenizer" },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "WordPiece", ["prefix"] = "##", ["cleanup"] = true },
            ["model"] = new JsonObject { ["type"] = "WordPiece", ["unk_token"] = "[UNK]", ["continuing_subword_prefix"] = "##", ["max_input_chars_per_word"] = 100, ["vocab"] = vocabulary },
        };
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.json"), JsonSerializer.SerializeToUtf8Bytes(root));
    }
}

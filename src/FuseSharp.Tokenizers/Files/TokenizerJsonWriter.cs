using System.Text.Encodings.Web;
using System.Text.Json;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Writes a trained vocabulary in Hugging Face's files; the same vocabulary gives the same bytes.</summary>
internal static class TokenizerJsonWriter
{
    private static readonly JsonWriterOptions _layout = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>File contents by name.</summary>
    /// <param name="family">SentencePiece: the first three tokens are unknown, begin, end. ByteLevel: the first one ends a text.</param>
    /// <param name="tokens">In id order.</param>
    /// <param name="merges">In order, as ids.</param>
    public static Dictionary<string, byte[]> Write(TokenizerFamily family, IReadOnlyList<string> tokens, IReadOnlyList<(int Left, int Right)> merges)
    {
        bool isByteLevel = family == TokenizerFamily.ByteLevel;
        string[] specials = [.. tokens.Take(isByteLevel ? 1 : 3)];
        return new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [TokenizerFileNames.Json] = Render(json => WriteTokenizer(json, isByteLevel, specials, tokens, merges)),
            [TokenizerFileNames.Config] = Render(json => WriteConfig(json, specials)),
            [TokenizerFileNames.SpecialTokens] = Render(json => WriteRoles(json, specials)),
        };
    }

    private static byte[] Render(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, _layout))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void WriteTokenizer(
        Utf8JsonWriter json, bool isByteLevel, string[] specials, IReadOnlyList<string> tokens, IReadOnlyList<(int Left, int Right)> merges)
    {
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        for (int id = 0; id < specials.Length; id++)
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            WriteDescription(json, specials[id]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteRaw(json, "normalizer", isByteLevel ? "null" : """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}""");
        WriteRaw(json, "pre_tokenizer", isByteLevel ? """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""" : "null");
        WriteRaw(json, "post_processor", isByteLevel ? """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""" : "null");
        WriteRaw(json, "decoder", isByteLevel
            ? """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}"""
            : """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""");
        WriteModel(json, isByteLevel, tokens, merges);
    }

    private static void WriteModel(Utf8JsonWriter json, bool isByteLevel, IReadOnlyList<string> tokens, IReadOnlyList<(int Left, int Right)> merges)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", isByteLevel ? null : tokens[0]);
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", !isByteLevel);
        json.WriteBoolean("byte_fallback", !isByteLevel);
        json.WriteBoolean("ignore_merges", false);
        json.WriteStartObject("vocab");
        for (int id = 0; id < tokens.Count; id++)
        {
            json.WriteNumber(tokens[id], id);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in merges)
        {
            json.WriteStringValue($"{tokens[left]} {tokens[right]}");
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteConfig(Utf8JsonWriter json, string[] specials)
    {
        json.WriteBoolean("add_bos_token", false);
        json.WriteBoolean("add_eos_token", false);
        json.WriteStartObject("added_tokens_decoder");
        for (int id = 0; id < specials.Length; id++)
        {
            json.WriteStartObject(id.ToString(System.Globalization.CultureInfo.InvariantCulture));
            WriteDescription(json, specials[id]);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        WriteRoles(json, specials);
        json.WriteBoolean("clean_up_tokenization_spaces", false);
        WriteRaw(json, "model_max_length", "1000000000000000019884624838656");
        // The class that takes tokenizer.json as it is: transformers 5 rebuilds normalizers and splitters for those of families, and adds tokens of theirs.
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
    }

    private static void WriteRoles(Utf8JsonWriter json, string[] specials)
    {
        json.WriteString("bos_token", specials.Length == 1 ? specials[0] : specials[1]);
        json.WriteString("eos_token", specials[^1]);
        json.WriteString("unk_token", specials[0]);
        json.WriteString("pad_token", specials[^1]); // of the vocabulary, so that transformers can pad batches
    }

    private static void WriteDescription(Utf8JsonWriter json, string content)
    {
        json.WriteString("content", content);
        json.WriteBoolean("single_word", false);
        json.WriteBoolean("lstrip", false);
        json.WriteBoolean("rstrip", false);
        json.WriteBoolean("normalized", false);
        json.WriteBoolean("special", true);
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }
}

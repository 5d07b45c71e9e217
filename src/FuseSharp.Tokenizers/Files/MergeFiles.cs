using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Makes a <c>tokenizer.json</c> of <c>vocab.json</c> and <c>merges.txt</c>, the two files that GPT-2 and Qwen2 tokenizers had before it.</summary>
internal static class MergeFiles
{
    private const string Vocabulary = "vocab.json";
    private const string Merges = "merges.txt";
    private const string End = "<|endoftext|>";

    /// <summary>Whether a tokenizer has these files and no other vocabulary.</summary>
    public static bool Holds(IReadOnlyDictionary<string, byte[]> contents)
        => contents.ContainsKey(Vocabulary) && contents.ContainsKey(Merges) && !contents.ContainsKey(TokenizerFileNames.Json) && !contents.ContainsKey(TokenizerFileNames.SentencePiece);

    /// <summary>The files with a <c>tokenizer.json</c>, and a <c>tokenizer_config.json</c> that names the roles which their class gives them.</summary>
    /// <exception cref="ModelException">They are damaged, or of a class whose words are not known.</exception>
    public static TokenizerFiles Complete(TokenizerFiles files)
    {
        var config = files.Find(TokenizerFileNames.Config);
        string name = config?.Find("tokenizer_class")?.Text() ?? "GPT2Tokenizer";
        bool isQwen = name.StartsWith("Qwen2Tokenizer", StringComparison.Ordinal);
        if (!isQwen && !name.StartsWith("GPT2Tokenizer", StringComparison.Ordinal))
        {
            throw new ModelException($"'{files.PathOf("")}' has vocab.json and merges.txt, but its class '{name}' does not say how words are cut; known are GPT2Tokenizer and Qwen2Tokenizer. Save it with tokenizer.json.");
        }

        var vocabulary = files.Find(Vocabulary)!.Value;
        var contents = new Dictionary<string, byte[]>(files.Contents, StringComparer.Ordinal);
        contents[TokenizerFileNames.Json] = Render(json => Write(json, vocabulary, Lines(contents[Merges], isQwen), isQwen, config));
        contents[TokenizerFileNames.Config] = LibraryErrors.Guard(() => WithRoles(contents.GetValueOrDefault(TokenizerFileNames.Config), name, isQwen), (reason, fault) => new ModelException($"'{files.PathOf(TokenizerFileNames.Config)}' cannot be read: {reason} Correct the file.", fault));
        return new TokenizerFiles(files.PathOf(""), contents);
    }

    // GPT-2's class takes the first line for a heading and needs a line end behind the last; Qwen2's asks.
    private static IEnumerable<string> Lines(byte[] merges, bool isQwen)
    {
        string[] lines = Encoding.UTF8.GetString(merges).Split('\n');
        return isQwen ? lines.Select(l => l.Trim()).Where((l, i) => l.Length > 0 && !(i == 0 && l.StartsWith("#version:", StringComparison.Ordinal)))
            : lines.Skip(1).SkipLast(1).Select(l => l.TrimEnd('\r'));
    }

    private static void Write(Utf8JsonWriter json, JsonPart vocabulary, IEnumerable<string> merges, bool isQwen, JsonPart? config)
    {
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        if (isQwen)
        {
            json.WritePropertyName("normalizer");
            json.WriteRawValue("""{"type":"NFC"}""");
        }

        bool isPrefixed = config?.Flag("add_prefix_space") ?? false;
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        if (isQwen)
        {
            json.WriteStartObject();
            json.WriteString("type", "Split");
            json.WriteStartObject("pattern");
            json.WriteString("Regex", SplitterReader.Qwen2);
            json.WriteEndObject();
            json.WriteString("behavior", "Isolated");
            json.WriteBoolean("invert", false);
            json.WriteEndObject();
        }

        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", !isQwen && isPrefixed);
        json.WriteBoolean("trim_offsets", false);
        json.WriteBoolean("use_regex", !isQwen);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        if (!isQwen && (config?.Flag("add_bos_token") ?? false))
        {
            string beginning = config?.Find("bos_token") is not { } token ? End : (token.Kind == JsonValueKind.Object ? token.Field("content") : token).Text();
            json.WritePropertyName("post_processor");
            json.WriteRawValue(PostProcessorReader.Beginning(beginning, vocabulary.Field(beginning).Number()).ToJsonString());
        }

        json.WritePropertyName("decoder");
        json.WriteRawValue("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false}""");
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteStartObject("vocab");
        foreach (var (token, id) in vocabulary.Fields())
        {
            json.WriteNumber(token, id.Number());
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (string merge in merges)
        {
            json.WriteStringValue(merge);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static byte[] WithRoles(byte[]? config, string name, bool isQwen)
    {
        var root = config is null ? [] : JsonNode.Parse(config)!.AsObject();
        root["tokenizer_class"] = name;
        string[] roles = isQwen ? ["unk_token", "eos_token", "pad_token"] : ["unk_token", "bos_token", "eos_token"];
        foreach (string role in roles.Where(r => !root.ContainsKey(r)))
        {
            root[role] = End;
        }

        return JsonSerializer.SerializeToUtf8Bytes(root);
    }

    private static byte[] Render(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            write(json);
        }

        return stream.ToArray();
    }
}

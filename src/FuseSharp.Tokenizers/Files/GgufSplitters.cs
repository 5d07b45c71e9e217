using System.Text;
using System.Text.Json;
using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Files;

/// <summary>What llama.cpp calls the pre-tokenizers of byte-level vocabularies (<c>tokenizer.ggml.pre</c>), and the steps of <c>tokenizer.json</c> that they are.</summary>
internal static class GgufSplitters
{
    /// <summary>GPT-2's step, which also writes bytes.</summary>
    public const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""";

    private const string BytesOnly = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""";
    private const string Digits = """{"type":"Digits","individual_digits":true}""";
    private const string Numbers = """{"type":"Digits","individual_digits":false}""";
    private const string Punctuation = """{"type":"Punctuation","behavior":"Contiguous"}""";
    private const string Cased = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+<>|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*<>";
    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly string[] _gpt2 = [ByteLevel];
    private static readonly string[] _singleDigits = [Digits, ByteLevel];
    private static readonly string[] _llama3 = [Split(SplitterReader.Llama3), BytesOnly];
    private static readonly string[] _qwen2 = [Split(SplitterReader.Qwen2), BytesOnly];
    private static readonly string[] _tekken = [Split(Cased.Replace("<>", "", StringComparison.Ordinal) + @"|\p{N}" + Rest), BytesOnly];
    private static readonly string[] _o200k = [Split(Cased.Replace("<>", "(?i:'s|'t|'re|'ve|'m|'ll|'d)?", StringComparison.Ordinal) + @"|\p{N}{1,3}" + Rest), BytesOnly];
    private static readonly string[] _falcon = [Punctuation, ByteLevel, Numbers, Split("[0-9][0-9][0-9]")];
    private static readonly string[] _deepSeekCoder = [Split(@"[\r\n]"), Split(@"\s?\p{L}+"), Split(@"\s?\p{P}+"), Split("[一-龥ࠀ-一가-퟿]+"), Digits, BytesOnly];
    private static readonly string[] _deepSeek3 =
    [
        Split(@"\p{N}{1,3}"), Split("[一-龥぀-ゟ゠-ヿ]+"),
        Split(@"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^" + "\r\n" + @"\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[" + "\r\n" + @"]*|\s*[" + "\r\n" + @"]+|\s+(?!\S)|\s+"), BytesOnly,
    ];

    // Of two with the same rules the first is written.
    private static readonly OrderedDictionary<string, GgufSplitter> _all = new(StringComparer.Ordinal)
    {
        ["gpt-2"] = new(_gpt2),
        ["mpt"] = new(_gpt2, Composes: true),
        ["olmo"] = new(_gpt2, Composes: true),
        ["smollm"] = new(_singleDigits),
        ["starcoder"] = new(_singleDigits),
        ["refact"] = new(_singleDigits),
        ["command-r"] = new(_singleDigits, Composes: true),
        ["llama-bpe"] = new(_llama3, KeepsTokens: true),
        ["dbrx"] = new(_llama3),
        ["smaug-bpe"] = new(_llama3),
        ["qwen2"] = new(_qwen2, Composes: true),
        ["deepseek-r1-qwen"] = new(_qwen2),
        ["stablelm2"] = new(_qwen2),
        ["megrez"] = new(_qwen2),
        ["hunyuan"] = new(_qwen2),
        ["phi-2"] = new(_gpt2),
        ["exaone4"] = new(_gpt2),
        ["jina-es"] = new(_gpt2),
        ["jina-de"] = new(_gpt2),
        ["jina-v2-es"] = new(_gpt2),
        ["jina-v2-de"] = new(_gpt2),
        ["llama3"] = new(_llama3, KeepsTokens: true),
        ["llama-v3"] = new(_llama3, KeepsTokens: true),
        ["falcon3"] = new(_llama3, KeepsTokens: true),
        ["falcon-h1"] = new(_llama3, KeepsTokens: true),
        ["pixtral"] = new(_llama3, KeepsTokens: true),
        ["lfm2"] = new(_llama3, KeepsTokens: true),
        ["midm-2.0"] = new(_llama3, KeepsTokens: true),
        ["tekken"] = new(_tekken, KeepsTokens: true),
        ["gpt-4o"] = new(_o200k),
        ["llama4"] = new(_o200k),
        ["falcon"] = new(_falcon),
        ["deepseek-coder"] = new(_deepSeekCoder),
        ["deepseek-v3"] = new(_deepSeek3),
    };

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => _all.Keys;

    /// <summary>The steps of a name, or null where it is not known.</summary>
    public static GgufSplitter? Find(string name) => _all.GetValueOrDefault(name);

    /// <summary>Whether a name is one of Llama 3's, whose tokenizer puts a beginning before every text unless the file says otherwise.</summary>
    public static bool IsLlama3(string? name) => name is not null && Find(name) is { KeepsTokens: true } splitter && splitter.Steps == _llama3;

    /// <summary>What llama.cpp calls the way in which a byte-level <c>tokenizer.json</c> splits words.</summary>
    /// <exception cref="ModelException">It has no name for it.</exception>
    public static string NameOf(JsonPart root)
    {
        var normalizer = root.Find("normalizer");
        bool isEmpty = normalizer is not { } first || (first.Field("type").Text() == "Sequence" && !first.Field("normalizers").Items().Any());
        bool isPlain = isEmpty || normalizer!.Value.Field("type").Text() == "NFC";
        var splitter = root.Find("pre_tokenizer");
        string[] steps = splitter is not { } found ? []
            : found.Field("type").Text() == "Sequence" ? [.. found.Field("pretokenizers").Items().Select(KeyOf)] : [KeyOf(found)];
        bool keepsTokens = root.Field("model").Flag("ignore_merges");
        bool Fits(GgufSplitter known) => known.KeepsTokens == keepsTokens && known.Composes == !isEmpty
            && known.Steps.Select(t => KeyOf(JsonPart.Parse(Encoding.UTF8.GetBytes(t), ""))).SequenceEqual(steps);
        return isPlain && _all.FirstOrDefault(s => Fits(s.Value)).Key is { } name ? name
            : throw new ModelException($"{root.Place} splits words in a way that llama.cpp has no name for; known are {string.Join(", ", _all.Keys)}. A file with another name would give other tokens.");
    }

    // A step without the settings that do not decide tokens; these patterns leave nothing between words, so that keeping each match and leaving out the rest are one.
    private static string KeyOf(JsonPart step)
        => step.Field("type").Text() switch
        {
            "ByteLevel" => $"ByteLevel {step.Flag("add_prefix_space")} {step.Find("use_regex") is null || step.Flag("use_regex")}",
            "Digits" => $"Digits {step.Flag("individual_digits")}",
            "Punctuation" => $"Punctuation {step.Find("behavior")?.Text()}",
            "Split" when step.Field("pattern").Find("Regex")?.Text() is { } pattern && SplitterReader.Known(pattern) is not null && step.Find("behavior")?.Text() == "Removed" && step.Flag("invert")
                => $"Split {pattern} Isolated False",
            "Split" => $"Split {step.Field("pattern").Find("Regex")?.Text()} {step.Find("behavior")?.Text()} {step.Flag("invert")}",
            var other => other,
        };

    private static string Split(string pattern) => JsonSerializer.Serialize(new { type = "Split", pattern = new { Regex = pattern }, behavior = "Isolated", invert = false });
}

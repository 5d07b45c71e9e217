using System.Text;
using System.Text.Json.Nodes;
using FuseSharp.Tokenizers.Bpe;

namespace FuseSharp.Tokenizers.Tests;

/// <summary>Writes a random <c>tokenizer.json</c> and random texts for it; the same seed gives the same ones.</summary>
/// <param name="model">BPE, Unigram, WordPiece or WordLevel.</param>
/// <param name="seed">Any number.</param>
internal sealed class CompositionWriter(string model, int seed)
{
    private static readonly string[] _parts =
    [
        "a", "b", "ab", "ba", "abab", "A", "B", "Ab", "the", "The", "THE", "1", "12", "345", "²", "½", "٣", ".", ",", "!", "?!", "-", "--", "'", "'s", "'S", "’", "_", "$", "+", "^", "|",
        " ", " ", " ", "  ", "   ", "\n", "\r\n", "\n\n", "\t", "\u00A0", "\u3000", "\u2028", "\u0085", "\u200B", "\u200D", "\uFEFF", "▁", "▁▁", "Ġ", "Ċ", "##", "##a", "</w>",
        "é", "e\u0301", "É", "ﬁ", "Å", "Å", "ﬀ", "ß", "ẞ", "İ", "ı", "ſ", "K", "Ω", "Σ", "ς", "ａ", "①", "ⅷ", "中", "文", "ア", "ｱ", "ﾞ", "가", "ᄀ\u1161", "ไ", "\u0E33", "न", "\u093F", "\u0300", "\u0327\u0301",
        "😀", "👩‍👩", "🇩🇪", "𝒳", "𐍈", "\U00020000", "\uE000", "\uFFFD", "\u0001", "\u007F", "<s>", "</s>", "<unk>", "[UNK]", "[SEP]", "<0x61>", "<x>", "<y>", "word",
    ];

    private static readonly string[] _patterns =
    [
        @"\s+", @"\S+", @"\w+", @"\W", @"\d", @"\d{1,3}", @"[^\s]+|\s", " ", @" ?\p{L}+", @"\p{Lu}+\p{Ll}*", @"(?=[A-Z])", @"(?<=a)b", @"(?<!a)b", @"\ba", @"a\B", @"^a|b$", "(?i:ab|s)", "(?i)the",
        @"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+", @"[\p{P}\p{S}]", @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]", "[一-龥ぁ-ん]+", @"[[:alpha:]&&[^a]]+", @"[[:punct:]]",
        "a*", "(a|b)*", "(?>a+)b", "a{2}", "a{1,2}?", "a{2}?b", "(ab)+?", @"\p{Han}+", @"\X?".Replace(@"\X?", @"\R"), @"[^\p{M}]\p{M}*", @"\x{1F600}|\u00e9", @"[\x00-\x1f]", "'s|'t| ?[^ ]+", @"\h+", @"\p{^L}",
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ];

    private readonly Random _random = new(seed);
    private List<string> _tokens = [];
    private bool _isByteLevel;

    /// <summary>A text of random parts and characters.</summary>
    public string Text()
    {
        var text = new StringBuilder();
        for (int i = _random.Next(12); i > 0; i--)
        {
            text.Append(_random.Next(8) > 0 ? OneOf(_parts) : Character());
        }

        return text.ToString();
    }

    /// <summary>The file.</summary>
    public JsonObject Tokenizer()
    {
        var normalizer = Chance(0.7) ? Normalizer(2) : null;
        var splitter = model is "WordPiece" or "WordLevel" || Chance(0.8) ? Splitter(2) : null;
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["normalizer"] = normalizer,
            ["pre_tokenizer"] = splitter,
            ["post_processor"] = null,
            ["decoder"] = Chance(0.8) ? Decoder(2) : null,
            ["model"] = Model(out int count),
            ["added_tokens"] = Added(count),
        };
    }

    private bool Chance(double share) => _random.NextDouble() < share;

    private T OneOf<T>(params IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    private string Character()
    {
        int code = OneOf(_random.Next(1, 0x80), _random.Next(0x80, 0x300), _random.Next(0x300, 0x3100), _random.Next(0x3100, 0xD800), _random.Next(0xE000, 0x10000), _random.Next(0x1F000, 0x1FB00), _random.Next(0x10000, 0x11000));
        return new Rune(code).ToString();
    }

    private JsonObject Normalizer(int depth) => _random.Next(depth > 0 ? 14 : 13) switch
    {
        0 => Kind("NFC"),
        1 => Kind("NFD"),
        2 => Kind("NFKC"),
        3 => Kind("NFKD"),
        4 => Kind("Lowercase"),
        5 => new JsonObject { ["type"] = "Strip", ["strip_left"] = Chance(0.5), ["strip_right"] = Chance(0.5) },
        6 => Kind("StripAccents"),
        7 => Kind("Nmt"),
        8 => new JsonObject { ["type"] = "Prepend", ["prepend"] = OneOf("▁", "a", "<x>") },
        9 => new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = OneOf(" ", "a", "▁", "ab") }, ["content"] = OneOf("▁", " ", "", "b", "aa") },
        10 => new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["Regex"] = OneOf(_patterns) }, ["content"] = OneOf("▁", " ", "", "b", "é") },
        11 => new JsonObject { ["type"] = "BertNormalizer", ["clean_text"] = Chance(0.5), ["handle_chinese_chars"] = Chance(0.5), ["strip_accents"] = Chance(0.3) ? null : Chance(0.5), ["lowercase"] = Chance(0.5) },
        12 => new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = OneOf(CharacterMaps.All) },
        _ => new JsonObject { ["type"] = "Sequence", ["normalizers"] = Several(() => Normalizer(depth - 1)) },
    };

    private JsonObject Splitter(int depth)
    {
        switch (_random.Next(depth > 0 ? 12 : 9))
        {
            case 0:
                _isByteLevel = true;
                return new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = Chance(0.5), ["trim_offsets"] = true, ["use_regex"] = Chance(0.5) };
            case 1:
                return new JsonObject { ["type"] = "Digits", ["individual_digits"] = Chance(0.5) };
            case 2:
                return new JsonObject { ["type"] = "Punctuation", ["behavior"] = Behavior() };
            case 3:
                return Kind("Whitespace");
            case 4:
                return Kind("WhitespaceSplit");
            case 5:
                return Kind("BertPreTokenizer");
            case 6:
                return new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = OneOf("always", "first", "never"), ["split"] = Chance(0.5) };
            case 7:
                return new JsonObject { ["type"] = "CharDelimiterSplit", ["delimiter"] = OneOf("a", "_", "中", "😀") };
            case 8:
                return new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["String"] = OneOf(" ", "a", "ab", "é") }, ["behavior"] = Behavior(), ["invert"] = Chance(0.4) };
            case 9 or 10:
                return new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = OneOf(_patterns) }, ["behavior"] = Behavior(), ["invert"] = Chance(0.4) };
            default:
                return new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = Several(() => Splitter(depth - 1)) };
        }
    }

    private JsonObject Decoder(int depth) => _random.Next(depth > 0 ? 10 : 9) switch
    {
        0 => new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true },
        1 => Kind("ByteFallback"),
        2 => Kind("Fuse"),
        3 => new JsonObject { ["type"] = "Strip", ["content"] = OneOf(" ", "a"), ["start"] = _random.Next(3), ["stop"] = 0 }, // Hugging Face's own code crashes on tokens shorter than "stop"
        4 => new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = OneOf("always", "first", "never"), ["split"] = true },
        5 => new JsonObject { ["type"] = "WordPiece", ["prefix"] = "##", ["cleanup"] = Chance(0.5) },
        6 => new JsonObject { ["type"] = "BPEDecoder", ["suffix"] = OneOf("</w>", "a") },
        7 => new JsonObject { ["type"] = "CTC", ["pad_token"] = OneOf("a", "<x>"), ["word_delimiter_token"] = OneOf("|", "▁"), ["cleanup"] = Chance(0.5) },
        8 => new JsonObject { ["type"] = "Replace", ["pattern"] = Chance(0.5) ? new JsonObject { ["String"] = OneOf("▁", "a", " ") } : new JsonObject { ["Regex"] = OneOf(@"\s", "a+", "^▁") }, ["content"] = OneOf(" ", "", "x") },
        _ => new JsonObject { ["type"] = "Sequence", ["decoders"] = Several(() => Decoder(depth - 1)) },
    };

    private JsonArray Several(Func<JsonObject> make) => [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => (JsonNode)make())];

    private string Behavior() => OneOf("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous");

    private static JsonObject Kind(string type) => new() { ["type"] = type };

    // Characters, bytes in both writings, and longer strings of them.
    private List<string> Vocabulary()
    {
        var tokens = new List<string> { "<unk>", "<s>", "</s>", "[UNK]" };
        IEnumerable<string> Written(string text) => _isByteLevel ? [ByteAlphabet.Write(Encoding.UTF8.GetBytes(text)), text] : [text];
        var characters = _parts.SelectMany(p => p.EnumerateRunes().Select(r => r.ToString())).Distinct().Where(_ => Chance(0.8)).SelectMany(Written);
        tokens.AddRange(_isByteLevel ? Enumerable.Range(0, 256).Select(b => ByteAlphabet.CharacterOf((byte)b).ToString()) : []);
        tokens.AddRange(characters);
        tokens.AddRange(Chance(0.5) ? Enumerable.Range(0, 256).Select(TokenBytes.Name) : []);
        for (int i = 0; i < 120; i++)
        {
            string joined = string.Concat(Enumerable.Range(0, _random.Next(1, 4)).Select(_ => OneOf(_parts)));
            tokens.AddRange(Written(joined));
            tokens.Add("▁" + joined);
            tokens.Add("##" + joined);
        }

        return [.. tokens.Distinct()];
    }

    private JsonObject Model(out int count)
    {
        var tokens = _tokens = Vocabulary();
        count = tokens.Count;
        if (model == "Unigram")
        {
            return new JsonObject
            {
                ["type"] = "Unigram",
                ["unk_id"] = 0,
                ["vocab"] = new JsonArray([.. tokens.Select((t, i) => (JsonNode)new JsonArray(t, i < 4 ? 0.0 : -_random.Next(1, 2000) / 128.0))]),
                ["byte_fallback"] = Chance(0.5),
            };
        }

        if (model == "BPE")
        {
            var merges = Merges(tokens);
            count = tokens.Count;
            return new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = Chance(0.7) ? "<unk>" : null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = Chance(0.5),
                ["byte_fallback"] = tokens.Contains("<0x00>"),
                ["ignore_merges"] = Chance(0.3),
                ["vocab"] = Ids(tokens),
                ["merges"] = merges,
            };
        }

        return model == "WordPiece"
            ? new JsonObject { ["type"] = "WordPiece", ["unk_token"] = "[UNK]", ["continuing_subword_prefix"] = "##", ["max_input_chars_per_word"] = OneOf(100, 5), ["vocab"] = Ids(tokens) }
            : new JsonObject { ["type"] = "WordLevel", ["vocab"] = Ids(tokens), ["unk_token"] = "[UNK]" };
    }

    private static JsonObject Ids(List<string> tokens) => new(tokens.Select((t, i) => KeyValuePair.Create(t, (JsonNode?)i)));

    // Pairs of tokens whose sum becomes a token too.
    private JsonArray Merges(List<string> tokens)
    {
        var known = tokens.ToHashSet();
        var pieces = tokens.Where(t => t.Length > 0 && t.EnumerateRunes().Count() == 1).ToList();
        var merges = new JsonArray();
        var seen = new HashSet<(string, string)>();
        for (int i = 0; i < 250; i++)
        {
            string left = OneOf(pieces);
            string right = Chance(0.3) ? left : OneOf(pieces);
            if (!seen.Add((left, right)))
            {
                continue;
            }

            merges.Add(new JsonArray(left, right));
            pieces.Add(left + right);
            if (known.Add(left + right))
            {
                tokens.Add(left + right);
            }
        }

        return merges;
    }

    private JsonArray Added(int next)
    {
        var added = new JsonArray();
        void Add(int id, string content, bool isSpecial) => added.Add(new JsonObject
        {
            ["id"] = id,
            ["content"] = content,
            ["single_word"] = Chance(0.2),
            ["lstrip"] = Chance(0.2),
            ["rstrip"] = Chance(0.2),
            ["normalized"] = !isSpecial && Chance(0.5),
            ["special"] = isSpecial,
        });
        if (Chance(0.6))
        {
            Add(1, "<s>", isSpecial: true);
            Add(2, "</s>", isSpecial: true);
        }

        foreach (string content in new[] { "<x>", "word", "<y>" }.Where(_ => Chance(0.4)))
        {
            Add(_tokens.IndexOf(content) is >= 0 and int id ? id : next++, content, isSpecial: false);
        }

        return added;
    }
}

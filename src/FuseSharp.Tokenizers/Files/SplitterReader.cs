using FuseSharp.Tokenizers.Splitting;


namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads "pre_tokenizer" of <c>tokenizer.json</c>.</summary>
internal static class SplitterReader
{
    private const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    internal const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>The splitter, null for none, and whether words then turn into bytes.</summary>
    /// <param name="part">The field.</param>
    /// <param name="addsPrefixSpace">What goes before the file's own word on a space before texts; null for nothing.</param>
    public static (ITextSplitter? Splitter, bool IsByteLevel) Read(JsonPart? part, bool? addsPrefixSpace = null)
    {
        var steps = new List<ITextSplitter>();
        bool isByteLevel = false;
        if (part is { } splitter)
        {
            Read(splitter, steps, ref isByteLevel, addsPrefixSpace);
        }

        return (steps.Count switch { 0 => null, 1 => steps[0], _ => new SequenceSplitter(steps) }, isByteLevel);
    }

    /// <summary>The splitter of a known word pattern, or null.</summary>
    public static ITextSplitter? Known(string pattern) => pattern switch
    {
        Gpt2 => new WordSplitter(WordPattern.Gpt2),
        Llama3 => new WordSplitter(WordPattern.Llama3),
        Qwen2 => new WordSplitter(WordPattern.Qwen2),
        _ => null,
    };

    private static void Read(JsonPart part, List<ITextSplitter> steps, ref bool isByteLevel, bool? addsPrefixSpace)
    {
        var type = part.Field("type");
        if (isByteLevel)
        {
            throw type.Error("nothing after ByteLevel, which turns words into bytes");
        }

        switch (type.Text())
        {
            case "Sequence":
                foreach (var step in part.Field("pretokenizers").Items())
                {
                    Read(step, steps, ref isByteLevel, null);
                }

                break;
            case "ByteLevel":
                isByteLevel = true;
                if (addsPrefixSpace ?? part.Flag("add_prefix_space", otherwise: true))
                {
                    steps.Add(new PrefixSpaceSplitter());
                }

                if (part.Flag("use_regex", otherwise: true))
                {
                    steps.Add(new WordSplitter(WordPattern.Gpt2));
                }

                break;
            case "Digits":
                steps.Add(new DigitSplitter(part.Flag("individual_digits")));
                break;
            case "Metaspace":
                steps.Add(ReadMetaspace(part));
                break;
            case "Split":
                steps.Add(ReadSplit(part));
                break;
            default:
                throw type.Unsupported("a way to cut words that is not supported here; known are Sequence, ByteLevel, Digits, Metaspace and Split");
        }
    }

    private static MetaspaceSplitter ReadMetaspace(JsonPart part)
    {
        var marker = part.Field("replacement");
        char character = marker.Text() is { Length: 1 } text ? text[0] : throw marker.Error("one character");
        return new MetaspaceSplitter(character, ReadScheme(part), part.Flag("split", otherwise: true));
    }

    /// <summary>Both writings: "prepend_scheme" and the older "add_prefix_space".</summary>
    internal static MetaspacePrefix ReadScheme(JsonPart part)
    {
        if (part.Find("prepend_scheme") is not { } scheme)
        {
            return part.Flag("add_prefix_space", otherwise: true) ? MetaspacePrefix.Always : MetaspacePrefix.Never;
        }

        return scheme.Text() switch
        {
            "always" => MetaspacePrefix.Always,
            "first" => MetaspacePrefix.First,
            "never" => MetaspacePrefix.Never,
            _ => throw scheme.Error("always, first or never"),
        };
    }

    private static ITextSplitter ReadSplit(JsonPart part)
    {
        var pattern = part.Field("pattern");
        var regex = pattern.Find("Regex");
        string behavior = part.Field("behavior").Text();
        bool keepsAll = behavior is "Isolated" || (behavior is "Removed" && part.Flag("invert"));
        if (regex is { } known && keepsAll && Known(known.Text()) is { } splitter)
        {
            return splitter;
        }

        throw pattern.Unsupported($"a pattern for words that is not supported here{NameOf(regex)}; known are those of GPT-2, Llama-3 and Qwen2");
    }

    // Whose pattern it is, where that can be told.
    private static string NameOf(JsonPart? regex)
    {
        string text = regex?.Text() ?? "";
        return text.Contains(@"\p{Lu}\p{Lt}", StringComparison.Ordinal) ? " (that of Mistral's Tekken, or OpenAI's o200k)"
            : text.Contains("一-龥", StringComparison.Ordinal) || text == @"\p{N}{1,3}" ? " (one of DeepSeek's)"
            : "";
    }
}

using FuseSharp.Tokenizers.Splitting;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads "pre_tokenizer" of <c>tokenizer.json</c>.</summary>
internal static class SplitterReader
{
    internal const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    internal const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static readonly KindTable<ITextSplitter[]> _kinds = new("a way to cut words")
    {
        ["Sequence"] = part => [.. part.Field("pretokenizers").Items().SelectMany(Steps)],
        ["ByteLevel"] = part => ByteLevel(part, part.Flag("add_prefix_space", otherwise: true)),
        ["Split"] = part => [Split(part)],
        ["Digits"] = part => [new DigitSplitter(part.Flag("individual_digits"))],
        ["Punctuation"] = part => [new CharacterSplitter("punctuation", Punctuation.Is, part.Find("behavior") is { } behavior ? Behavior(behavior) : SplitBehavior.Isolated)],
        ["Whitespace"] = _ => [new WhitespaceSplitter()],
        ["WhitespaceSplit"] = _ => [Spaces()],
        ["BertPreTokenizer"] = _ => [Spaces(), new CharacterSplitter("punctuation", Punctuation.Is, SplitBehavior.Isolated)],
        ["CharDelimiterSplit"] = Delimiter,
        ["Metaspace"] = part => [Metaspace(part)],
        ["FixedLength"] = part => [new FixedLengthSplitter(Length(part))],
    };

    /// <summary>The steps, one cutting the words of the one before.</summary>
    /// <param name="part">The field.</param>
    /// <param name="addsPrefixSpace">What goes before the file's own word on a space before texts, where ByteLevel stands alone; null for nothing.</param>
    public static ITextSplitter[] Read(JsonPart? part, bool? addsPrefixSpace = null)
        => part is not { } splitter ? []
            : addsPrefixSpace is { } adds && splitter.Find("type")?.Text() == "ByteLevel" ? ByteLevel(splitter, adds)
            : Steps(splitter);

    /// <summary>The splitter of a known word pattern, or null.</summary>
    public static ITextSplitter? Known(string pattern) => pattern switch
    {
        Gpt2 => new WordSplitter(WordPattern.Gpt2),
        Llama3 => new WordSplitter(WordPattern.Llama3),
        Qwen2 => new WordSplitter(WordPattern.Qwen2),
        _ => null,
    };

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

    /// <summary>The marker of "Metaspace".</summary>
    internal static char ReadMarker(JsonPart part)
        => part.Field("replacement") is var marker && marker.Text() is { Length: 1 } text ? text[0] : throw marker.Error("one character");

    private static ITextSplitter[] Steps(JsonPart part) => _kinds.Read(part);

    private static ITextSplitter[] ByteLevel(JsonPart part, bool addsPrefixSpace)
    {
        var steps = new List<ITextSplitter>();
        if (addsPrefixSpace)
        {
            steps.Add(new PrefixSpaceSplitter());
        }

        if (part.Flag("use_regex", otherwise: true))
        {
            steps.Add(new WordSplitter(WordPattern.Gpt2));
        }

        return [.. steps, new ByteLevelSplitter()];
    }

    private static int Length(JsonPart part)
        => part.Find("length") is not { } length ? 5 : length.Number() is > 0 and var number ? number : throw length.Error("a number from 1 on");

    private static MetaspaceSplitter Metaspace(JsonPart part) => new(ReadMarker(part), ReadScheme(part), part.Flag("split", otherwise: true));

    private static CharacterSplitter Spaces() => new("space", c => c <= char.MaxValue && char.IsWhiteSpace((char)c), SplitBehavior.Removed);

    private static ITextSplitter[] Delimiter(JsonPart part)
    {
        var field = part.Field("delimiter");
        string text = field.Text();
        return text.Length == 1 || (text.Length == 2 && char.IsSurrogatePair(text, 0)) ? [new LiteralSplitter(text, SplitBehavior.Removed, isInverted: false)] : throw field.Error("one character");
    }

    private static ITextSplitter Split(JsonPart part)
    {
        var behavior = Behavior(part.Field("behavior"));
        bool isInverted = part.Flag("invert");
        if (PatternReader.Literal(part) is { } literal)
        {
            return new LiteralSplitter(literal, behavior, isInverted);
        }

        // These patterns leave nothing between words, so that keeping each match and leaving out the rest are one.
        bool keepsMatches = behavior == SplitBehavior.Isolated || (behavior == SplitBehavior.Removed && isInverted);
        return (keepsMatches ? Known(PatternReader.Source(part)) : null) ?? new PatternSplitter(PatternReader.Regex(part), behavior, isInverted);
    }

    private static SplitBehavior Behavior(JsonPart part)
        => Enum.TryParse(part.Text(), out SplitBehavior behavior) && behavior.ToString() == part.Text() ? behavior
            : throw part.Error("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
}

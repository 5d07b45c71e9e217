using System.Globalization;
using System.Text;
using FuseSharp.Tokenizers.Normalization;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads "normalizer" of <c>tokenizer.json</c>.</summary>
internal static class NormalizerReader
{
    /// <summary>Most that a chain of steps may let a text or token grow: a chain of replacements could fill any memory.</summary>
    internal const int MostGrowth = 64;

    private static readonly KindTable<ITextNormalizer> _kinds = new("a normalizer")
    {
        ["Sequence"] = part => new SequenceNormalizer([.. part.Field("normalizers").Items().Select(Step)]),
        ["Prepend"] = part => new PrependNormalizer(part.Field("prepend").Text()),
        ["Replace"] = part => PatternReader.Literal(part) is { } literal ? new ReplaceNormalizer(literal, part.Field("content").Text())
            : new PatternReplaceNormalizer(PatternReader.Regex(part), part.Field("content").Text()),
        ["NFC"] = _ => new UnicodeNormalizer(NormalizationForm.FormC),
        ["NFD"] = _ => new UnicodeNormalizer(NormalizationForm.FormD),
        ["NFKC"] = _ => new UnicodeNormalizer(NormalizationForm.FormKC),
        ["NFKD"] = _ => new UnicodeNormalizer(NormalizationForm.FormKD),
        ["Lowercase"] = _ => new LowercaseNormalizer(),
        ["Strip"] = part => new StripNormalizer(part.Flag("strip_left"), part.Flag("strip_right")),
        ["StripAccents"] = _ => new AccentNormalizer(onlyNonSpacing: false),
        ["Nmt"] = _ => new NmtNormalizer(),
        ["Precompiled"] = part => new PrecompiledNormalizer(CharacterMapOf(part)),
        ["BertNormalizer"] = Bert,
        ["ByteLevel"] = _ => new ByteLevelNormalizer(),
    };

    /// <summary>The normalizer, or null for none.</summary>
    public static ITextNormalizer? Read(JsonPart? part) => part is not { } normalizer ? null
        : GrowthOf(normalizer) <= MostGrowth ? Step(normalizer) : throw normalizer.Error(string.Create(CultureInfo.InvariantCulture, $"steps that let a text grow at most {MostGrowth}-fold"));

    /// <summary>Whether a normalizer writes bytes as printable characters.</summary>
    public static bool IsByteLevel(JsonPart? part) => part?.Find("type")?.Text() switch
    {
        "ByteLevel" => true,
        "Sequence" => part.Value.Field("normalizers").Items().Any(step => IsByteLevel(step)),
        _ => false,
    };

    // How many times longer a text can become.
    private static double GrowthOf(JsonPart part) => part.Find("type")?.Text() switch
    {
        "Sequence" => part.Field("normalizers").Items().Aggregate(1.0, (product, step) => product * GrowthOf(step)),
        "Replace" => Math.Max(1, (double)part.Field("content").Text().Length / (PatternReader.Literal(part)?.Length ?? 1)),
        "Prepend" => 1 + part.Field("prepend").Text().Length,
        "Precompiled" => CharacterMapOf(part).Longest,
        "ByteLevel" or "BertNormalizer" => 3,
        _ => 1,
    };

    private static ITextNormalizer Step(JsonPart part) => _kinds.Read(part);

    private static CharacterMap CharacterMapOf(JsonPart part)
    {
        var field = part.Field("precompiled_charsmap");
        string text = field.Text();
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int count) && CharacterMap.Read(bytes.AsSpan(0, count)) is { } map ? map
            : throw field.Error("a compiled map of characters in base64");
    }

    // Accents go where it is said, and where it is not said with the capitals.
    private static SequenceNormalizer Bert(JsonPart part)
    {
        bool isLower = part.Flag("lowercase", otherwise: true);
        var steps = new List<ITextNormalizer> { new BertCleanNormalizer(part.Flag("clean_text", otherwise: true), part.Flag("handle_chinese_chars", otherwise: true)) };
        if (part.Flag("strip_accents", otherwise: isLower))
        {
            steps.Add(new UnicodeNormalizer(NormalizationForm.FormD));
            steps.Add(new AccentNormalizer(onlyNonSpacing: true));
        }

        if (isLower)
        {
            steps.Add(new LowercaseNormalizer());
        }

        return new SequenceNormalizer(steps);
    }
}

using System.Text;
using FuseSharp.Tokenizers.Normalization;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads "normalizer" of <c>tokenizer.json</c>.</summary>
internal static class NormalizerReader
{
    /// <summary>Most that a chain of steps may let a text or token grow: a chain of replacements could fill any memory.</summary>
    internal const int MostGrowth = 64;

    /// <summary>The normalizer, or null for none.</summary>
    public static ITextNormalizer? Read(JsonPart? part) => part is not { } normalizer ? null
        : GrowthOf(normalizer) <= MostGrowth ? ReadOne(normalizer) : throw normalizer.Error(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"steps that let a text grow at most {MostGrowth}-fold"));

    // How many times longer a text can become.
    private static double GrowthOf(JsonPart part)
        => part.Find("type")?.Text() switch
        {
            "Sequence" => part.Field("normalizers").Items().Aggregate(1.0, (product, step) => product * GrowthOf(step)),
            "Replace" => Math.Max(1, (double)part.Field("content").Text().Length / ReadPattern(part).Length),
            "Prepend" => 1 + part.Field("prepend").Text().Length,
            _ => 1,
        };

    private static ITextNormalizer ReadOne(JsonPart part)
    {
        var type = part.Field("type");
        return type.Text() switch
        {
            "Sequence" => new SequenceNormalizer([.. part.Field("normalizers").Items().Select(ReadOne)]),
            "Prepend" => new PrependNormalizer(part.Field("prepend").Text()),
            "Replace" => new ReplaceNormalizer(ReadPattern(part), part.Field("content").Text()),
            "NFC" => new UnicodeNormalizer(NormalizationForm.FormC),
            "NFD" => new UnicodeNormalizer(NormalizationForm.FormD),
            "NFKC" => new UnicodeNormalizer(NormalizationForm.FormKC),
            "NFKD" => new UnicodeNormalizer(NormalizationForm.FormKD),
            _ => throw type.Unsupported("a normalizer that is not supported here; known are Sequence, Prepend, Replace, NFC, NFD, NFKC and NFKD"),
        };
    }

    private static string ReadPattern(JsonPart part)
    {
        var text = part.Field("pattern").Field("String");
        return text.Text() is { Length: > 0 } pattern ? pattern : throw text.Error("a string that is not empty");
    }
}

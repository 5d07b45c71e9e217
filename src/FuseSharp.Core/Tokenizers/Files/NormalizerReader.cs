using System.Text;
using FuseSharp.Core.Tokenizers.Normalization;

namespace FuseSharp.Core.Tokenizers.Files;

/// <summary>Reads "normalizer" of <c>tokenizer.json</c>.</summary>
internal static class NormalizerReader
{
    /// <summary>The normalizer, or null for none.</summary>
    public static ITextNormalizer? Read(JsonPart? part) => part is { } normalizer ? ReadOne(normalizer) : null;

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
            _ => throw type.Fault("one of Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD"),
        };
    }

    private static string ReadPattern(JsonPart part)
    {
        var text = part.Field("pattern").Field("String");
        return text.Text() is { Length: > 0 } pattern ? pattern : throw text.Fault("a string that is not empty");
    }
}

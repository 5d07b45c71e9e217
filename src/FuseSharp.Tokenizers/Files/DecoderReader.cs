using System.Globalization;
using FuseSharp.Tokenizers.Decoding;
using FuseSharp.Tokenizers.Splitting;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads "decoder" of <c>tokenizer.json</c>.</summary>
internal static class DecoderReader
{
    private static readonly KindTable<IDecoderStep[]> _kinds = new("a decoder")
    {
        ["Sequence"] = part => [.. part.Field("decoders").Items().SelectMany(Steps)],
        ["Replace"] = part => [PatternReader.Literal(part) is { } literal ? new ReplaceStep(literal, part.Field("content").Text())
            : new PatternReplaceStep(PatternReader.Regex(part), part.Field("content").Text())],
        ["Strip"] = part => [new StripStep(ReadCharacter(part.Field("content")), part.Field("start").Number(), part.Field("stop").Number())],
        ["Metaspace"] = part => [new MetaspaceStep(SplitterReader.ReadMarker(part), SplitterReader.ReadScheme(part) != MetaspacePrefix.Never)],
        ["Fuse"] = _ => [new FuseStep()],
        ["ByteFallback"] = _ => [new ByteFallbackStep()],
        ["ByteLevel"] = _ => [new ByteLevelStep()],
        ["WordPiece"] = part => [new WordPieceStep(Text(part, "prefix", "##"), part.Flag("cleanup", otherwise: true))],
        ["BPEDecoder"] = part => [new SuffixStep(Text(part, "suffix", "</w>"))],
        ["CTC"] = part => [new CtcStep(Text(part, "pad_token", "<pad>"), Text(part, "word_delimiter_token", "|"), part.Flag("cleanup", otherwise: true))],
    };

    /// <summary>The decoder; without one Hugging Face joins tokens by spaces.</summary>
    public static ITokenDecoder Read(JsonPart? part) => part is not { } decoder ? new StepDecoder([], " ")
        : GrowthOf(decoder) <= NormalizerReader.MostGrowth ? new StepDecoder(Steps(decoder))
        : throw decoder.Error(string.Create(CultureInfo.InvariantCulture, $"steps that let a token grow at most {NormalizerReader.MostGrowth}-fold"));

    private static IDecoderStep[] Steps(JsonPart part) => _kinds.Read(part);

    private static double GrowthOf(JsonPart part) => part.Find("type")?.Text() switch
    {
        "Sequence" => part.Field("decoders").Items().Aggregate(1.0, (product, step) => product * GrowthOf(step)),
        "Replace" => Math.Max(1, (double)part.Field("content").Text().Length / (PatternReader.Literal(part)?.Length ?? 1)),
        _ => 1,
    };

    private static string Text(JsonPart part, string name, string otherwise)
        => part.Find(name) is not { } field ? otherwise : field.Text() is { Length: > 0 } text ? text : throw field.Error("a string that is not empty");

    private static char ReadCharacter(JsonPart part) => part.Text() is { Length: 1 } text ? text[0] : throw part.Error("one character");
}

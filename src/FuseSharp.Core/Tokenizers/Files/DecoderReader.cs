using FuseSharp.Core.Tokenizers.Decoding;
using FuseSharp.Core.Tokenizers.Splitting;

namespace FuseSharp.Core.Tokenizers.Files;

/// <summary>Reads "decoder" of <c>tokenizer.json</c>.</summary>
internal static class DecoderReader
{
    /// <summary>The decoder; without one Hugging Face joins tokens by spaces.</summary>
    public static ITokenDecoder Read(JsonPart? part)
    {
        if (part is not { } decoder)
        {
            return new StepDecoder([], " ");
        }

        var steps = new List<Func<List<string>, List<string>>>();
        Read(decoder, steps);
        return new StepDecoder(steps);
    }

    private static void Read(JsonPart part, List<Func<List<string>, List<string>>> steps)
    {
        var type = part.Field("type");
        switch (type.Text())
        {
            case "Sequence":
                foreach (var step in part.Field("decoders").Items())
                {
                    Read(step, steps);
                }

                break;
            case "Replace":
                var pattern = part.Field("pattern").Field("String");
                steps.Add(DecoderSteps.Replace(
                    pattern.Text() is { Length: > 0 } text ? text : throw pattern.Fault("a string that is not empty"),
                    part.Field("content").Text()));
                break;
            case "Strip":
                steps.Add(DecoderSteps.Strip(ReadCharacter(part.Field("content")), part.Field("start").Number(), part.Field("stop").Number()));
                break;
            case "Metaspace":
                steps.Add(DecoderSteps.Metaspace(ReadCharacter(part.Field("replacement")), SplitterReader.ReadScheme(part) != MetaspacePrefix.Never));
                break;
            case "Fuse":
                steps.Add(DecoderSteps.Fuse);
                break;
            case "ByteFallback":
                steps.Add(DecoderSteps.ByteFallback);
                break;
            case "ByteLevel":
                steps.Add(DecoderSteps.ByteLevel);
                break;
            default:
                throw type.Fault("one of Sequence, Replace, Strip, Metaspace, Fuse, ByteFallback, ByteLevel");
        }
    }

    private static char ReadCharacter(JsonPart part) => part.Text() is { Length: 1 } text ? text[0] : throw part.Fault("one character");
}

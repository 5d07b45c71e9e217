using FuseSharp.Tokenizers.Decoding;
using FuseSharp.Tokenizers.Splitting;


namespace FuseSharp.Tokenizers.Files;

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
        double growth = 1;
        Read(decoder, steps, ref growth);
        return new StepDecoder(steps);
    }

    private static void Read(JsonPart part, List<Func<List<string>, List<string>>> steps, ref double growth)
    {
        var type = part.Field("type");
        switch (type.Text())
        {
            case "Sequence":
                foreach (var step in part.Field("decoders").Items())
                {
                    Read(step, steps, ref growth);
                }

                break;
            case "Replace":
                var pattern = part.Field("pattern").Field("String");
                string text = pattern.Text() is { Length: > 0 } found ? found : throw pattern.Error("a string that is not empty");
                string content = part.Field("content").Text();
                growth *= Math.Max(1, (double)content.Length / text.Length);
                steps.Add(growth <= NormalizerReader.MostGrowth ? DecoderSteps.Replace(text, content) : throw part.Error(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"steps that let a token grow at most {NormalizerReader.MostGrowth}-fold")));
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
                throw type.Unsupported("a decoder that is not supported here; known are Sequence, Replace, Strip, Metaspace, Fuse, ByteFallback and ByteLevel");
        }
    }

    private static char ReadCharacter(JsonPart part) => part.Text() is { Length: 1 } text ? text[0] : throw part.Error("one character");
}

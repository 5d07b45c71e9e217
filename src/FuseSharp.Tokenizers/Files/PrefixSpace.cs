using FuseSharp.Errors;


namespace FuseSharp.Tokenizers.Files;

/// <summary>Whether a space is put before texts, where <c>tokenizer_config.json</c> says otherwise than <c>tokenizer.json</c>.</summary>
internal static class PrefixSpace
{
    private static readonly string[] _setting = ["GPT2Tokenizer", "GPTNeoXTokenizer", "CodeGenTokenizer"];

    /// <summary>What transformers sets the ByteLevel step to when it loads these classes; null where it leaves it alone.</summary>
    /// <exception cref="ModelException">It would make the tokenizer anew from another file.</exception>
    public static bool? Forced(JsonPart root, TokenizerConfig config)
    {
        var splitter = root.Find("pre_tokenizer");
        string? kind = splitter?.Find("type")?.Text();
        if (Array.Exists(_setting, name => config.TokenizerClass.StartsWith(name, StringComparison.Ordinal)))
        {
            return kind == "ByteLevel" ? config.AddsPrefixSpace ?? false : null;
        }

        if (config.TokenizerClass.StartsWith("Llama", StringComparison.Ordinal) && config.AddsPrefixSpace is { } wanted && Prefixes(root.Find("normalizer"), splitter) is { } does && does != wanted)
        {
            throw new ModelException($"{root.Place} {(does ? "puts" : "puts no")} space before a text, but tokenizer_config.json says \"add_prefix_space\": {(wanted ? "true" : "false")}, by which transformers makes the tokenizer anew. Load it there, save it with save_pretrained, and name that folder.");
        }

        return kind == "ByteLevel" ? config.AddsPrefixSpace : null;
    }

    private static bool? Prefixes(JsonPart? normalizer, JsonPart? splitter)
        => normalizer?.Find("type")?.Text() switch
        {
            "Prepend" => true,
            "Sequence" => normalizer.Value.Field("normalizers").Items().Any(n => n.Find("type")?.Text() == "Prepend"),
            _ => splitter?.Find("type")?.Text() == "Metaspace" ? SplitterReader.ReadScheme(splitter.Value) != Splitting.MetaspacePrefix.Never : null,
        };
}

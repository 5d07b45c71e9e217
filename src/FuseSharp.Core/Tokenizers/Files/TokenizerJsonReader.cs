using FuseSharp.Core.Tokenizers.Splitting;

namespace FuseSharp.Core.Tokenizers.Files;

/// <summary>Reads <c>tokenizer.json</c> (Hugging Face's fast tokenizers) with what stands beside it.</summary>
internal static class TokenizerJsonReader
{
    /// <summary>The tokenizer of these files.</summary>
    public static TokenizerDefinition Read(TokenizerFiles files, TokenizerConfig config)
    {
        var root = files.Find(TokenizerFileNames.Json)!.Value;
        var model = root.Field("model");
        if (model.Find("type") is { } kind && kind.Text() != "BPE")
        {
            throw kind.Unsupported("a kind of tokenizer that is not supported here; known is BPE");
        }

        var vocabulary = new VocabularyTable(root.Place);
        foreach (var (token, id) in model.Field("vocab").Fields())
        {
            vocabulary.Add(token, id.Number());
        }

        var modelIds = new Dictionary<string, int>(vocabulary.Ids, StringComparer.Ordinal);
        var added = ReadAddedTokens(root, config, vocabulary);
        var split = SplitterReader.Read(root.Find("pre_tokenizer"), PrefixSpace.Forced(root, config));
        string[] tokens = vocabulary.Build();
        var bpe = BpeModelReader.Read(model, modelIds, tokens.Length, split.IsByteLevel);
        int? Id(string? token) => token is not null && vocabulary.Ids.TryGetValue(token, out int id) ? id : null;
        string? beginning = config.Role("bos_token");
        return new TokenizerDefinition
        {
            Vocabulary = tokens,
            Family = split.IsByteLevel ? TokenizerFamily.ByteLevel : TokenizerFamily.SentencePiece,
            Model = bpe,
            Decoder = DecoderReader.Read(root.Find("decoder")),
            Normalizer = NormalizerReader.Read(root.Find("normalizer")),
            Splitter = split.Splitter ?? (bpe.IsByteLevel || bpe.WholeWords is not null ? null : new MarkerSplitter(tokens)),
            AddedTokens = added,
            SpecialIds = added.Where(t => t.IsSpecial).Select(t => t.Id).ToHashSet(),
            EndOfTextId = Id(config.Role("eos_token")) ?? (config.IsPresent ? null : WellKnownEnd(added)),
            BeginningOfTextId = Id(beginning),
            AddsBeginningOfText = Id(beginning) is not null && AddsBeginning(root, config, beginning!),
            Files = files.Contents,
        };
    }

    /// <summary>Those of the file, then those that only the configuration names: Hugging Face adds them when it loads.</summary>
    private static List<AddedToken> ReadAddedTokens(JsonPart root, TokenizerConfig config, VocabularyTable vocabulary)
    {
        var added = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        foreach (var part in root.Find("added_tokens")?.Items() ?? [])
        {
            var token = AddedTokenReader.Read(part, part.Field("id").Number());
            vocabulary.AddAdded(token);
            added[token.Content] = token;
        }

        foreach (var token in config.AddedTokens)
        {
            if (!added.ContainsKey(token.Content))
            {
                vocabulary.AddAdded(token);
                added[token.Content] = token;
            }
        }

        foreach (string special in config.SpecialTokens)
        {
            if (!added.ContainsKey(special) && vocabulary.Ids.TryGetValue(special, out int id))
            {
                added[special] = (config.Described(special) ?? new AddedToken { Id = id, Content = special, IsSpecial = true }) with { Id = id };
            }
        }

        return [.. added.Values];
    }

    // A bare tokenizer.json says nothing about the end of a text; these two names mean nothing else in any published model.
    private static int? WellKnownEnd(List<AddedToken> added)
        => added.Find(t => t.IsSpecial && t.Content is "</s>" or "<|endoftext|>")?.Id;

    /// <summary>Llama and GPT-NeoX classes decide by their option, all others by the template in the file.</summary>
    private static bool AddsBeginning(JsonPart root, TokenizerConfig config, string beginning)
    {
        string name = config.TokenizerClass;
        return TokenizerConfig.DecidesEnds(name) ? config.AddsBeginning ?? !name.StartsWith("GPTNeoX", StringComparison.Ordinal)
            : PostProcessorReader.StartsWith(root.Find("post_processor"), beginning);
    }
}

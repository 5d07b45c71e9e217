using FuseSharp.Errors;
using FuseSharp.Tokenizers.Bpe;
using FuseSharp.Tokenizers.Splitting;


namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads <c>tokenizer.json</c> (Hugging Face's fast tokenizers) with what stands beside it.</summary>
internal static class TokenizerJsonReader
{
    /// <summary>The tokenizer of these files.</summary>
    public static TokenizerDefinition Read(TokenizerFiles files, TokenizerConfig config)
    {
        var root = files.Find(TokenizerFileNames.Json)!.Value;
        var model = root.Field("model");
        var vocabulary = new VocabularyTable(root.Place);
        ModelReader.ReadVocabulary(model, vocabulary);
        var modelIds = new Dictionary<string, int>(vocabulary.Ids, StringComparer.Ordinal);
        var added = ReadAddedTokens(root, config, vocabulary);
        var splitters = SplitterReader.Read(root.Find("pre_tokenizer"), PrefixSpace.Forced(root, config));
        bool writesBytes = NormalizerReader.IsByteLevel(root.Find("normalizer"));
        bool isByteLevel = writesBytes || splitters.Any(s => s is ByteLevelSplitter);
        bool endsInBytes = !writesBytes && CanMergeBytes(model, modelIds, splitters);
        splitters = endsInBytes ? splitters[..^1] : splitters;
        string[] tokens = vocabulary.Build();
        var words = ModelReader.Read(model, modelIds, tokens.Length, endsInBytes);
        int? Id(string? token) => token is not null && vocabulary.Ids.TryGetValue(token, out int id) ? id : null;
        string? beginning = BeginningOf(root, config, vocabulary.Ids, out bool addsBeginning);
        foreach (var (role, token, isNeeded) in new[] { ("eos_token", config.Role("eos_token"), true), ("bos_token", beginning, addsBeginning) })
        {
            // transformers would add it behind the vocabulary, where the model has no embedding.
            if (isNeeded && token is { Length: > 0 } && Id(token) is null)
            {
                throw new ModelException($"{root.Place} lacks the token \"{token}\", which is the {role} by the files beside it. Take all files from the model's publisher again.");
            }
        }

        return new TokenizerDefinition
        {
            Vocabulary = tokens,
            Family = isByteLevel ? TokenizerFamily.ByteLevel : TokenizerFamily.SentencePiece,
            Model = words,
            Decoder = DecoderReader.Read(root.Find("decoder")),
            Normalizer = NormalizerReader.Read(root.Find("normalizer")),
            Splitter = splitters.Length switch
            {
                0 => words is BpeModel { WholeWords: null, UnknownId: >= 0, Characters: { } characters } && characters['▁'] >= 0 && !isByteLevel ? new MarkerSplitter(tokens) : null,
                1 => splitters[0],
                _ => new SequenceSplitter(splitters),
            },
            ContinuationPrefix = ModelReader.PrefixOf(model),
            SplitsSpecialTokens = config.SplitsSpecialTokens,
            AddedTokens = added,
            SpecialIds = added.Where(t => t.IsSpecial).Select(t => t.Id).ToHashSet(),
            EndOfTextId = Id(config.Role("eos_token")) ?? (config.IsPresent ? null : WellKnownEnd(added)),
            BeginningOfTextId = Id(beginning),
            AddsBeginningOfText = Id(beginning) is not null && addsBeginning,
            Files = files.Contents,
        };
    }

    // Merges work on bytes themselves where writing them is the last step, and no character of that writing is spelled in bytes of its own.
    private static bool CanMergeBytes(JsonPart model, Dictionary<string, int> ids, ITextSplitter[] splitters)
        => ModelReader.KindOf(model) == "BPE" && splitters is [.. var others, ByteLevelSplitter] && !others.Any(s => s is ByteLevelSplitter)
            && (!model.Flag("byte_fallback") || Enumerable.Range(0, 256).All(b => ids.ContainsKey(ByteAlphabet.CharacterOf((byte)b).ToString())));

    /// <summary>Those of the file, then those that only the configuration names: Hugging Face adds them when it loads.</summary>
    private static List<AddedToken> ReadAddedTokens(JsonPart root, TokenizerConfig config, VocabularyTable vocabulary)
    {
        var added = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        int? next = vocabulary.IsWhole ? vocabulary.Ids.Count : null;
        foreach (var part in root.Find("added_tokens")?.Items() ?? [])
        {
            var token = AddedTokenReader.Read(part, part.Field("id").Number());
            if (next is { } id && !vocabulary.Ids.ContainsKey(token.Content))
            {
                // Hugging Face's library numbers tokens that the model does not have in their order, whatever the file says.
                if (token.Id != id)
                {
                    Warnings.Once(FormattableString.Invariant($"The tokenizer gives the added token \"{token.Content}\" the id {token.Id}; it gets {id}, as in Hugging Face's tokenizers, which number added tokens in their order."));
                }

                token = token with { Id = id };
                next++;
            }

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
    private static string? BeginningOf(JsonPart root, TokenizerConfig config, IReadOnlyDictionary<string, int> ids, out bool adds)
    {
        string name = config.TokenizerClass;
        string? role = config.Role("bos_token");
        if (TokenizerConfig.DecidesEnds(name))
        {
            adds = config.AddsBeginning ?? !name.StartsWith("GPTNeoX", StringComparison.Ordinal);
            return role;
        }

        var processor = root.Find("post_processor");
        var (before, after) = PostProcessorReader.Read(processor, ids);
        if (before.Count > 1 || (before.Count == 1 && role is not null && before[0] != role))
        {
            throw processor!.Value.Unsupported($"which puts \"{string.Join("", before)}\" before a text; supported is the bos_token{(role is null ? "" : $", here \"{role}\"")}");
        }

        adds = before.Count == 1;
        WarnOfEnd(root, after.Count > 0 ? string.Concat(after) : null);
        return adds ? before[0] : role;
    }

    // A prompt that ends so could not be gone on from; documents get their end of text here by themselves.
    private static void WarnOfEnd(JsonPart root, string? end)
    {
        if (end is not null)
        {
            Warnings.Once($"{root.Place} belongs to a tokenizer that puts \"{end}\" after every text. Here only a whole document of training or of an evaluation gets its end-of-text token; prompts get none.");
        }
    }
}

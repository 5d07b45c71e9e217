using FuseSharp.Errors;
using FuseSharp.Tokenizers.Bpe;
using FuseSharp.Tokenizers.Decoding;
using FuseSharp.Tokenizers.Normalization;
using FuseSharp.Tokenizers.Splitting;
using FuseSharp.Tokenizers.Words;


namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads <c>tokenizer.model</c> with what stands beside it, as Hugging Face's slow <c>LlamaTokenizer</c> does.</summary>
internal static class SentencePieceReader
{
    /// <summary>The tokenizer of these files.</summary>
    public static TokenizerDefinition Read(TokenizerFiles files, TokenizerConfig config)
    {
        string path = files.PathOf(TokenizerFileNames.SentencePiece);
        var file = SentencePieceFile.Read(files.Contents[TokenizerFileNames.SentencePiece], path);
        Check(file, path);
        var vocabulary = new VocabularyTable($"'{path}'");
        for (int id = 0; id < file.Pieces.Count; id++)
        {
            vocabulary.Add(file.Pieces[id].Text, id);
        }

        var added = AddedTokens(config, vocabulary);
        IWordModel model = file.IsUnigram ? PieceModelBuilder.Build(file) : ScoredModelBuilder.Build(file);
        string[] tokens = vocabulary.Build();
        int? Id(string role, string otherwise) => vocabulary.Ids.TryGetValue(config.Role(role) ?? otherwise, out int id) ? id : null;
        bool isPrefixing = config.AddsPrefixSpace ?? true;
        int? beginning = Id("bos_token", "<s>");
        return new TokenizerDefinition
        {
            Vocabulary = tokens,
            Family = TokenizerFamily.SentencePiece,
            Model = model,
            Decoder = new SentencePieceDecoder(
                isPrefixing,
                config.IsLegacy && file.AddsDummyPrefix,
                file.RemovesExtraSpaces,
                added.Where(t => !t.IsSpecial).Select(t => t.Content).ToHashSet()),
            Opening = config.IsLegacy ? null : Opening(isPrefixing),
            Normalizer = Normalizer(file, config, path),
            Splitter = model is BpeModel { Characters: { } characters } && characters['▁'] >= 0 ? new MarkerSplitter(tokens) : null,
            AddedTokens = [.. added.Select(t => t with { IsNormalized = false })],
            SpecialIds = SpecialIds(file, added),
            Frozen = file.IsUnigram ? [] : [.. file.Pieces.Select((p, id) => (p, id)).Where(e => e.p.Kind == SentencePieceKind.UserDefined).Select(e => new AddedToken { Id = e.id, Content = e.p.Text })],
            SplitsSpecialTokens = config.SplitsSpecialTokens,
            DropsMarkerBeforeSpecial = !config.IsLegacy,
            BeginningOfTextId = beginning,
            EndOfTextId = Id("eos_token", "</s>"),
            AddsBeginningOfText = beginning is not null && (config.AddsBeginning ?? true),
            Files = files.Contents,
        };
    }

    private static void Check(SentencePieceFile file, string path)
    {
        for (int id = 0; id < file.Pieces.Count; id++)
        {
            var piece = file.Pieces[id];
            if (piece.Text.Length == 0 || float.IsNaN(piece.Score) || !Enum.IsDefined(piece.Kind))
            {
                throw new ModelException($"'{path}' has a piece {id} with text \"{piece.Text}\", score {piece.Score:R} and type {(int)piece.Kind}; expected a text, a number and a type from 1 to 6. Copy or download the file again.");
            }
        }

        if (!file.Pieces.Exists(p => p.Kind == SentencePieceKind.Unknown))
        {
            throw new ModelException($"'{path}' has no unknown piece; expected one (usually <unk>). Copy or download the file again.");
        }
    }

    /// <summary>Without "legacy" the whole text gets one space, and a literal ▁ counts as a space.</summary>
    private static SequenceNormalizer Opening(bool isPrefixing)
        => new(isPrefixing ? [new ReplaceNormalizer("▁", " "), new PrependNormalizer("▁")] : [new ReplaceNormalizer("▁", " ")]);

    private static ITextNormalizer Normalizer(SentencePieceFile file, TokenizerConfig config, string path)
    {
        if (!config.IsLegacy && (file.RemovesExtraSpaces || file.CharacterMap.Length > 0))
        {
            throw new ModelException($"'{path}' {(file.RemovesExtraSpaces ? "removes repeated spaces (remove_extra_whitespaces)" : $"normalizes texts by '{file.CharacterMapName}' (normalizer_spec)")}, which is supported here only where tokenizer_config.json does not say \"legacy\": false. The file is whole: take another model.");
        }

        string[] userDefined = [.. file.Pieces.Where(p => p.Kind == SentencePieceKind.UserDefined).Select(p => p.Text)];
        if (file.CharacterMap.Length > 0 || (userDefined.Length > 0 && file.RemovesExtraSpaces))
        {
            var map = file.CharacterMap.Length == 0 ? null
                : CharacterMap.Read(file.CharacterMap) is { Longest: <= NormalizerReader.MostGrowth } read ? read
                : throw new ModelException($"'{path}' has a damaged map of characters (precompiled_charsmap in normalizer_spec); expected a trie and strings of at most {NormalizerReader.MostGrowth} characters. Copy or download the file again.");
            return new PieceNormalizer(map, userDefined, file.RemovesExtraSpaces, file.AddsDummyPrefix);
        }

        var steps = new List<ITextNormalizer>();
        if (file.RemovesExtraSpaces)
        {
            steps.Add(new ExtraSpacesNormalizer());
        }

        if (file.AddsDummyPrefix && config.IsLegacy)
        {
            steps.Add(new PrependNormalizer("▁"));
        }

        steps.Add(new ReplaceNormalizer(" ", "▁"));
        return new SequenceNormalizer(steps);
    }

    /// <summary>Those of the configuration; without one, those that LlamaTokenizer names itself.</summary>
    private static List<AddedToken> AddedTokens(TokenizerConfig config, VocabularyTable vocabulary)
    {
        var added = new List<AddedToken>();
        foreach (var token in config.AddedTokens)
        {
            vocabulary.AddAdded(token);
            added.Add(token with { IsSpecial = token.IsSpecial || config.IsSpecial(token.Content) });
        }

        string[] own = [config.Role("unk_token") ?? "<unk>", config.Role("bos_token") ?? "<s>", config.Role("eos_token") ?? "</s>", .. config.SpecialTokens];
        var named = added.Select(t => t.Content).ToHashSet(StringComparer.Ordinal);
        foreach (string special in own.Distinct())
        {
            if (named.Add(special) && vocabulary.Ids.TryGetValue(special, out int id))
            {
                added.Add((config.Described(special) ?? new AddedToken { Id = id, Content = special, IsSpecial = true }) with { Id = id });
            }
        }

        return added;
    }

    private static HashSet<int> SpecialIds(SentencePieceFile file, List<AddedToken> added)
    {
        var ids = added.Where(t => t.IsSpecial).Select(t => t.Id).ToHashSet();
        for (int id = 0; id < file.Pieces.Count; id++)
        {
            if (file.Pieces[id].Kind is SentencePieceKind.Unknown or SentencePieceKind.Control)
            {
                ids.Add(id);
            }
        }

        return ids;
    }
}

using FuseSharp.Errors;
using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers;


namespace FuseSharp.Fusion.Map;

/// <summary>Stage 3: two vocabularies → <see cref="VocabularyMap"/>.</summary>
public static class MapStage
{
    /// <summary>Runs the stage for one source.</summary>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <param name="variant">Which of equally similar tokens is taken.</param>
    /// <param name="texts">Validation texts, for <see cref="MapVariant.CoOccurrence"/>, with the key of what they were read from; otherwise null.</param>
    /// <param name="maxLength">Tokens of a document that count.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="context">Is told when nothing is to be done; its cancellation ends the stage between two tokens.</param>
    public static Manifest Run(
        ITokenizer target, ITokenizer source, MapVariant variant, (IEnumerable<string> Texts, string Key)? texts, int maxLength, string folder,
        StageContext context)
    {
        var (progress, cancellation) = context;
        var ranks = context.Ranks;
        var key = KeyOf(target, source, variant, texts?.Key, maxLength);
        return StageDirectory.Make(folder, key, progress, partial => ranks.Rank > 0 ? []
            : WriteFile(target, source, variant, texts?.Texts, maxLength, asReference: false, Path.Combine(partial, VocabularyMapFile.Name), cancellation), ranks);
    }

    /// <summary>What decides the output.</summary>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <param name="variant">Which of equally similar tokens is taken.</param>
    /// <param name="texts">Key of the split stage's output; needed for <see cref="MapVariant.CoOccurrence"/> only.</param>
    /// <param name="maxLength">Tokens of a document that count.</param>
    public static StageKey KeyOf(ITokenizer target, ITokenizer source, MapVariant variant, string? texts, int maxLength)
    {
        bool readsTexts = variant == MapVariant.CoOccurrence;
        return StageKey.Create("map", 1, new { variant, maxLength = readsTexts ? maxLength : 0 },
            [("target_tokenizer", target.Fingerprint), ("source_tokenizer", source.Fingerprint), .. readsTexts ? [("texts", texts ?? "")] : Array.Empty<(string, string)>()]);
    }

    /// <summary>Maps and writes one file, and for <see cref="MapVariant.CoOccurrence"/> what it changed into <c>NAME_updated_log.json</c> beside it, as the reference does.</summary>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <param name="variant">Which of equally similar tokens is taken.</param>
    /// <param name="texts">Validation texts; needed for <see cref="MapVariant.CoOccurrence"/> only.</param>
    /// <param name="maxLength">Tokens of a document that count.</param>
    /// <param name="asReference">Whether the file has the reference's shape, without fingerprints.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Ends the work between two tokens.</param>
    /// <returns>Figures for people: tokens, how many have an equal, how far the others are.</returns>
    public static Dictionary<string, double> WriteFile(
        ITokenizer target, ITokenizer source, MapVariant variant, IEnumerable<string>? texts, int maxLength, bool asReference, string path, CancellationToken cancellation)
    {
        var mapper = new VocabularyMapper(target, source);
        var map = mapper.Map(Environment.ProcessorCount, cancellation);
        var figures = new Dictionary<string, double>
        {
            ["source_tokens"] = map.Targets.Length,
            ["target_tokens"] = target.Vocabulary.Count,
            ["equal"] = mapper.Statistics.Equal,
            ["at_distance_1"] = mapper.Statistics.AtOne,
            ["at_distance_2"] = mapper.Statistics.AtTwo,
            ["farther"] = mapper.Statistics.Farther,
        };
        if (variant == MapVariant.CoOccurrence)
        {
            List<string> documents = [.. texts ?? []];
            if (documents.Count == 0)
            {
                throw new UsageException("The co_occurrence map counts tokens in validation texts, and there are none. Give some, or map with variant 'default'.");
            }

            var refined = new CoOccurrenceMapper(mapper, Ids(source, documents, maxLength), Ids(target, documents, maxLength)).Refine(map, Environment.ProcessorCount, cancellation);
            figures["changed"] = VocabularyMapFile.WriteChanges(ChangesBeside(path), map, refined, target, source);
            map = refined;
        }

        VocabularyMapFile.Write(path, map, target, source, asReference);
        return figures;
    }

    /// <summary>The file beside a map that gets what <see cref="MapVariant.CoOccurrence"/> changed.</summary>
    /// <param name="path">The map's file.</param>
    public static string ChangesBeside(string path) => Path.ChangeExtension(path, null) + "_updated_log.json";

    // Without end-of-text tokens, as the reference counts.
    private static IEnumerable<int[]> Ids(ITokenizer tokenizer, List<string> documents, int maxLength)
        => documents.Select(d => tokenizer.Encode(d).Ids is var ids && ids.Length > maxLength ? ids[..maxLength] : ids);
}

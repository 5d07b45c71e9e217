using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers;


namespace FuseSharp.Fusion.Align;

/// <summary>Stage 4: the target's and a source's <see cref="Representation"/> → <see cref="TeacherDistributions"/> over the target's vocabulary, file by file.</summary>
public static class AlignStage
{
    // Files are made of so many documents at a time, aligned side by side on all cores.
    private const int DocumentsAtOnce = 200;

    /// <summary>Runs the stage for one source, going on at the first missing shard.</summary>
    /// <param name="targetTokenizer">The target's tokenizer.</param>
    /// <param name="sourceTokenizer">The source's tokenizer.</param>
    /// <param name="name">What the source is called.</param>
    /// <param name="target">The target's representations.</param>
    /// <param name="source">The source's representations of the same texts.</param>
    /// <param name="options">How.</param>
    /// <param name="map">Output of the map stage for this pair, a folder or a file; null where the options use none.</param>
    /// <param name="output">Where.</param>
    /// <param name="context">Gets pieces; its cancellation ends the stage between two groups of documents.</param>
    /// <exception cref="ArtifactException">The two do not hold the same documents.</exception>
    public static Manifest Run(
        ITokenizer targetTokenizer, ITokenizer sourceTokenizer, string name, string target, string source, AlignOptions options, string? map, StageOutput output,
        StageContext context)
    {
        var (progress, cancellation) = context;
        var (targetFiles, sourceFiles) = (new RepresentationFiles(target), new RepresentationFiles(source));
        var key = KeyOf(targetTokenizer, sourceTokenizer, targetFiles.Store.Manifest.Key, sourceFiles.Store.Manifest.Key, options, options.UsesMap() ? MapKey(map) : null, output.Compression) with
        { Paths = [target, source, .. map is null ? Array.Empty<string>() : [map]] };
        if (targetFiles.Store.Manifest.Inputs["texts"] != sourceFiles.Store.Manifest.Inputs["texts"])
        {
            throw new ArtifactException($"'{target}' and '{source}' were represented from different texts. Run 'represent' for both on the output of one split.");
        }

        CheckRows(targetFiles, sourceFiles, targetTokenizer, options);
        var conversations = ConversationProjection.Create(targetTokenizer, targetFiles, sourceTokenizer, sourceFiles);

        var leftOut = targetFiles.Store.LeftOut.Concat(sourceFiles.Store.LeftOut).ToHashSet();
        Dictionary<string, double> Constants() => new() { ["vocabulary"] = targetTokenizer.Vocabulary.Count, ["left_out"] = leftOut.Count };
        return ShardedStage.Make(output, key, context, Constants, shards =>
        {
            var aligner = DocumentAligner.Create(targetTokenizer, sourceTokenizer, options, map, sourceFiles.ProjectedOnto is not null, conversations);
            var table = new AlignedTable(targetTokenizer.Vocabulary.Count, options.Settings == MethodSettings.Reference ? ScoreUnit.Logit : ScoreUnit.LogProbability);
            using var bar = progress.Start($"align {name}", targetFiles.Store.Manifest.Count("pieces"), "pieces");
            var coverage = default(AlignmentCoverage);
            foreach (var (targetShard, sourceShard) in targetFiles.Store.Shards.Zip(sourceFiles.Store.Shards))
            {
                if (!shards.Needs(targetShard.Name))
                {
                    bar.Skip(Manifest.CountIn(targetShard.Figures, "pieces", int.MaxValue, $"The entry of '{targetShard.Name}'"));
                    continue;
                }

                var tally = new ShardTally();
                tally.Add("pieces", 0); // there also where every piece of the shard is left out
                var pairs = DocumentPairs.Match(targetFiles.Read(targetShard), sourceFiles.Read(sourceShard), leftOut);
                var aligned = pairs.Chunk(DocumentsAtOnce).SelectMany(chunk =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    var documents = chunk.AsParallel().AsOrdered().Select(p => aligner.Align(p.Target, p.Source)).ToList();
                    documents.ForEach(d => Count(tally, d.Coverage));
                    coverage = documents.Aggregate(coverage, (sum, d) => sum + d.Coverage);
                    bar.Advance(documents.Count, FormattableString.Invariant($"covered {coverage.CoveredShare:P1}  one-hot {coverage.OneHotShare:P1}  mass carried {coverage.ArrivedShare:P1}  in a row {coverage.RowMass:P1}"));
                    return documents;
                });
                shards.Write(targetShard.Name, table.Schema, aligned, table.ToBatch, tally);
            }

            bar.Complete();
        });
    }

    /// <summary>What decides the output.</summary>
    /// <param name="targetTokenizer">The target's tokenizer.</param>
    /// <param name="sourceTokenizer">The source's tokenizer.</param>
    /// <param name="target">Key of the target's representations.</param>
    /// <param name="source">Key of the source's.</param>
    /// <param name="options">How.</param>
    /// <param name="map">Key of the map; needed where the options use one.</param>
    /// <param name="compression">Of the shards.</param>
    public static StageKey KeyOf(ITokenizer targetTokenizer, ITokenizer sourceTokenizer, string target, string source, AlignOptions options, string? map, ShardCompression compression)
        => StageKey.Create("align", 5, new { options.Settings, options.Alignment, projection = options.Alignment == AlignmentMethod.Boundary ? options.Projection : (TokenProjection?)null, compression },
            [("target", target), ("source", source), ("target_tokenizer", targetTokenizer.Fingerprint), ("source_tokenizer", sourceTokenizer.Fingerprint),
            .. options.UsesMap() ? [("map", map ?? "")] : Array.Empty<(string, string)>()]);

    // The target's rows hold its own tokens; a source's hold its own or those of this target.
    private static void CheckRows(RepresentationFiles target, RepresentationFiles source, ITokenizer tokenizer, AlignOptions options)
    {
        target.CheckOwnTokens();
        if (source.ProjectedOnto is not { } projectedOnto)
        {
            return;
        }

        if (projectedOnto != tokenizer.Fingerprint)
        {
            throw new ArtifactException($"'{source.Store.Folder}' holds rows over the vocabulary of another target than this. Run 'represent' for the source again with this target, or without any (represent.rows: tokens).");
        }

        if (!options.TakesProjectedRows())
        {
            throw new ArtifactException($"'{source.Store.Folder}' holds rows that are projected already, with first_token; this alignment needs the source's own tokens. Run 'represent' for the source again without a target (represent.rows: tokens), or use alignment boundary with projection first_token.");
        }
    }

    // Sums, of which those over all shards are the whole's; shares follow from them.
    private static void Count(ShardTally tally, AlignmentCoverage coverage)
    {
        tally.Add("pieces", 1);
        tally.Add("positions", coverage.Positions);
        tally.Add("covered_positions", coverage.CoveredPositions);
        tally.Add("one_hot_positions", coverage.OneHotPositions);
        tally.Add("stored_mass", coverage.StoredMass);
        tally.Add("arrived_mass", coverage.ArrivedMass);
    }

    private static string MapKey(string? map)
        => map is null ? throw DocumentAligner.NoMap()
            : Directory.Exists(map) ? Manifest.Read(map).Key
            : File.Exists(map) ? FileFingerprint.Compute(map)
            : throw new ArtifactException($"There is no vocabulary map at '{map}'. Run 'map' for this source.");
}

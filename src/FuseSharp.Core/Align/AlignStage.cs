using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Progress;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Records;
using FuseSharp.Core.Tokenizers;

namespace FuseSharp.Core.Align;

/// <summary>Stage 4: the target's and a source's <see cref="Representation"/> → <see cref="SparseRows"/> over the target's vocabulary, file by file.</summary>
public static class AlignStage
{
    // Files are made of so many documents at a time, aligned side by side on all cores.
    private const int DocumentsAtOnce = 200;

    /// <summary>Runs the stage for one source, going on behind the last complete file.</summary>
    /// <param name="targetTokenizer">The target's tokenizer.</param>
    /// <param name="sourceTokenizer">The source's tokenizer.</param>
    /// <param name="name">What the source is called.</param>
    /// <param name="target">The target's representations.</param>
    /// <param name="source">The source's representations of the same texts.</param>
    /// <param name="options">How.</param>
    /// <param name="map">Output of the map stage for this pair, a folder or a file; null where the options use none.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="progress">Gets documents.</param>
    /// <param name="cancellation">Ends the stage between two groups of documents.</param>
    /// <exception cref="ArtifactException">The two do not hold the same documents.</exception>
    public static Manifest Run(
        ITokenizer targetTokenizer, ITokenizer sourceTokenizer, string name, string target, string source, AlignOptions options, string? map, string folder,
        IProgressReporter progress, CancellationToken cancellation)
    {
        var key = StageKey.Of("align", 2, new { options.Settings, options.Alignment, projection = options.Alignment == AlignmentMethod.Boundary ? options.Projection : (TokenProjection?)null },
            [("target", Manifest.Read(target).Key), ("source", Manifest.Read(source).Key),
            ("target_tokenizer", targetTokenizer.Fingerprint), ("source_tokenizer", sourceTokenizer.Fingerprint),
            .. options.UsesMap() ? [("map", MapKey(map))] : Array.Empty<(string, string)>()]);
        CheckSameTexts(target, source);
        return StageFolder.Make(folder, key, progress, partial =>
        {
            var aligner = DocumentAligner.Create(targetTokenizer, sourceTokenizer, options, map);
            using var bar = progress.Start($"align {name}", (long)Manifest.Read(target).Figures["documents"], "documents");
            var coverage = AlignFiles(aligner, targetTokenizer.Vocabulary.Count, target, source, partial, bar, cancellation);
            return new Dictionary<string, double>
            {
                ["vocabulary"] = targetTokenizer.Vocabulary.Count,
                ["positions"] = coverage.Positions,
                ["covered_share"] = coverage.CoveredShare,
                ["one_hot_share"] = coverage.OneHotShare,
                ["stored_mass"] = coverage.StoredMass,
                ["arrived_share"] = coverage.ArrivedShare,
            };
        });
    }

    private static AlignmentCoverage AlignFiles(
        IDocumentAligner aligner, int vocabulary, string target, string source, string partial, IProgressTask bar, CancellationToken cancellation)
    {
        var table = new AlignedTable(vocabulary);
        var coverage = default(AlignmentCoverage);
        void Count(List<AlignedDocument> documents)
        {
            coverage = documents.Aggregate(coverage, (sum, d) => sum + d.Coverage);
            bar.Advance(documents.Count, FormattableString.Invariant($"covered {coverage.CoveredShare:P1}  one-hot {coverage.OneHotShare:P1}  mass carried {coverage.ArrivedShare:P1}"));
        }

        foreach (var (i, (targetShard, sourceShard)) in Shards.In(target).Zip(Shards.In(source)).Index())
        {
            string output = Shards.PathOf(partial, i);
            if (File.Exists(output))
            {
                Count([.. Shards.Read(output, AlignedTable.Of)]);
                continue;
            }

            var pairs = RepresentationFiles.ReadShard(target, targetShard).Zip(RepresentationFiles.ReadShard(source, sourceShard));
            Shards.Write(output, table.Schema, pairs.Chunk(DocumentsAtOnce).SelectMany(chunk =>
            {
                cancellation.ThrowIfCancellationRequested();
                var documents = chunk.AsParallel().AsOrdered().Select(p => aligner.Align(p.First, p.Second)).ToList();
                Count(documents);
                return documents;
            }), table.ToBatch);
        }

        return coverage;
    }

    private static void CheckSameTexts(string target, string source)
    {
        var (own, other) = (Manifest.Read(target), Manifest.Read(source));
        if (own.Inputs["texts"] != other.Inputs["texts"])
        {
            throw new ArtifactException($"'{target}' and '{source}' were represented from different texts. Run 'represent' for both on the output of one split.");
        }

        if (own.Figures["documents"] != other.Figures["documents"])
        {
            throw new ArtifactException(FormattableString.Invariant(
                $"'{target}' holds {own.Figures["documents"]:N0} documents, '{source}' {other.Figures["documents"]:N0}. Delete the damaged folder and run 'represent' again."));
        }
    }

    private static string MapKey(string? map)
        => map is null ? throw DocumentAligner.NoMap()
            : Directory.Exists(map) ? Manifest.Read(map).Key
            : File.Exists(map) ? FileFingerprint.Of(map)
            : throw new ArtifactException($"There is no vocabulary map at '{map}'. Run 'map' for this source.");
}

using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Progress;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Records;

namespace FuseSharp.Core.Pack;

/// <summary>Stage 5: the target's <see cref="Representation"/> and every source's rows → <see cref="PackedBlock"/>.</summary>
public static class PackStage
{
    /// <summary>Runs the stage.</summary>
    /// <param name="target">The target's representations.</param>
    /// <param name="sources">For every source its name, its representations and its aligned rows.</param>
    /// <param name="blockLength">Tokens of a block.</param>
    /// <param name="options">How.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="progress">Gets documents.</param>
    /// <param name="cancellation">Ends the stage between two documents.</param>
    public static Manifest Run(
        string target, IReadOnlyList<(string Name, string Representations, string Aligned)> sources, int blockLength, PackOptions options, string folder,
        IProgressReporter progress, CancellationToken cancellation)
    {
        var targetManifest = Manifest.Read(target);
        bool asReference = IsReference(sources);
        var key = StageKey.Of("pack", 2, new { options.GroupSize, options.Metric, blockLength, settings = asReference ? MethodSettings.Reference : MethodSettings.Default },
            [("target", targetManifest.Key), .. sources.Select(s => ($"aligned.{s.Name}", Manifest.Read(s.Aligned).Key)), .. sources.Select(s => ($"represented.{s.Name}", Manifest.Read(s.Representations).Key))]);
        return StageFolder.Make(folder, key, progress, partial =>
        {
            int vocabulary = (int)targetManifest.Figures["vocabulary"];
            var table = new PackedTable(sources.Count + 1, vocabulary);
            var figures = new Dictionary<string, double> { ["models"] = sources.Count + 1, ["vocabulary"] = vocabulary, ["block_length"] = blockLength };
            using var bar = progress.Start("pack", (long)targetManifest.Figures["documents"], "documents");
            var documents = Documents(target, sources, options.Metric, asReference).Select(d =>
            {
                cancellation.ThrowIfCancellationRequested();
                bar.Advance(1);
                return d;
            });
            int shard = 0;
            foreach (var group in documents.Chunk(options.GroupSize))
            {
                // A block a record batch: training reads any block without its neighbours.
                var blocks = BlockPacker.Pack(group, blockLength, options.GroupSize).ToList();
                Shards.Write(Shards.PathOf(partial, shard++), table.Schema, blocks, table.ToBatch, rowsPerBatch: 1);
                figures["blocks"] = figures.GetValueOrDefault("blocks") + blocks.Count;
                figures["tokens"] = figures.GetValueOrDefault("tokens") + blocks.Sum(b => (double)b.Ids.Length);
            }

            return figures;
        });
    }

    /// <summary>Whether a packed folder holds the reference's logits, of which only the softmax over a row has a meaning.</summary>
    public static bool IsReference(Manifest packedOrAligned)
        => packedOrAligned.Options.TryGetProperty("settings", out var settings) && settings.GetString() == "reference";

    private static bool IsReference(IReadOnlyList<(string Name, string Representations, string Aligned)> sources)
    {
        bool[] are = [.. sources.Select(s => IsReference(Manifest.Read(s.Aligned)))];
        return Array.TrueForAll(are, a => a == are[0]) ? are[0]
            : throw new ArtifactException($"'{sources[0].Aligned}' and '{sources[Array.IndexOf(are, !are[0])].Aligned}' were aligned with different settings, reference and default. Run 'align' again for one of them.");
    }

    private static IEnumerable<DocumentRows> Documents(
        string target, IReadOnlyList<(string Name, string Representations, string Aligned)> sources, MetricLevel metric, bool asReference)
    {
        using var sourceDocuments = new DisposableList<IEnumerator<Representation>>(sources.Select(s => Representations(s.Representations).GetEnumerator()));
        using var aligned = new DisposableList<IEnumerator<AlignedDocument>>(
            sources.Select(s => AlignedFiles.Read(s.Aligned).GetEnumerator()));
        foreach (var document in Representations(target))
        {
            var rows = new List<SparseRows> { OwnRows(document, asReference) };
            var perToken = new List<float> { document.MeanCrossEntropy };
            var perByte = new List<float> { NatsPerByte(document) };
            var nats = new List<float[]> { document.CrossEntropies };
            for (int s = 0; s < sources.Count; s++)
            {
                if (!sourceDocuments[s].MoveNext() || !aligned[s].MoveNext()
                    || sourceDocuments[s].Current.Document != document.Document || aligned[s].Current.Document != document.Document
                    || aligned[s].Current.Rows.Positions != document.Ids.Length)
                {
                    throw new ArtifactException($"'{sources[s].Aligned}' or '{sources[s].Representations}' does not hold document {document.Document} of '{target}' at its place. Run 'represent' and 'align' again for {sources[s].Name}.");
                }

                rows.Add(aligned[s].Current.Rows);
                nats.Add(aligned[s].Current.CrossEntropies);
                perToken.Add(sourceDocuments[s].Current.MeanCrossEntropy);
                perByte.Add(NatsPerByte(sourceDocuments[s].Current));
            }

            yield return new DocumentRows(document.Document, document.Ids, [.. rows], [.. perToken], [.. perByte],
                metric == MetricLevel.Token ? new TokenCosts([.. nats], document.EndsExclusive) : null);
        }
    }

    private static IEnumerable<Representation> Representations(string folder) => RepresentationFiles.Read(folder);

    // The target as its own teacher: true log-probabilities, largest first; nothing at the last position, which nothing follows. The reference: logits everywhere.
    internal static SparseRows OwnRows(Representation document, bool asReference)
    {
        int k = document.Logits.K;
        int[] starts = new int[document.Ids.Length + 1];
        var indices = new List<int>();
        var weights = new List<float>();
        for (int t = 0; t < document.Ids.Length; t++)
        {
            for (int i = t * k; i < (t + 1) * k && (asReference || t + 1 < document.Ids.Length) && document.Logits.Indices[i] >= 0; i++)
            {
                indices.Add(document.Logits.Indices[i]);
                weights.Add((float)document.Logits.Logits[i] - (asReference ? 0 : document.Logits.LogNormalizers[t]));
            }

            starts[t + 1] = indices.Count;
        }

        return new SparseRows(starts, [.. indices], [.. weights]);
    }

    // The first token is given, not predicted, so its bytes do not count: a tokenizer with long tokens gains nothing by them.
    private static float NatsPerByte(Representation document)
        => document.CrossEntropies.Sum() / Math.Max(1, document.EndsExclusive[^1] - document.EndsExclusive[0]);
}

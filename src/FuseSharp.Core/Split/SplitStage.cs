using System.Text;
using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Progress;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Records;
using FuseSharp.Core.Texts;
using FuseSharp.Core.Tokenizers;

namespace FuseSharp.Core.Split;

/// <summary>Stage 1: texts → <see cref="TextBlock"/>, the training split cut to fit every model, the others whole.</summary>
public static class SplitStage
{
    /// <summary>Runs the stage; the folder holds a sub-folder for each split.</summary>
    /// <param name="texts">Domains by name.</param>
    /// <param name="tokenizers">The target's first.</param>
    /// <param name="options">How.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="progress">Gets documents.</param>
    /// <param name="cancellation">Ends the stage between two documents.</param>
    public static Manifest Run(
        IReadOnlyDictionary<string, TextEntry> texts, IReadOnlyList<ITokenizer> tokenizers, SplitOptions options, string folder,
        IProgressReporter progress, CancellationToken cancellation)
    {
        var key = StageKey.Of("split", 1, options,
            [.. texts.Select(t => ($"texts.{t.Key}", Fingerprint(t.Value))), .. tokenizers.Select((t, i) => ($"tokenizer.{i}", t.Fingerprint))]);
        return StageFolder.Make(folder, key, progress, partial =>
        {
            var figures = new Dictionary<string, double>();
            foreach (var split in Enum.GetValues<DataSplit>())
            {
                Write(texts, tokenizers, options, split, Folder(partial, split), figures, progress, cancellation);
            }

            return figures;
        });
    }

    /// <summary>Where a split stands in the stage's folder.</summary>
    public static string Folder(string folder, DataSplit split) => Path.Combine(folder, split.ToString().ToLowerInvariant());

    /// <summary>Reads the blocks of a split back.</summary>
    public static IEnumerable<TextBlock> Read(string folder, DataSplit split) => Shards.In(Folder(folder, split)).SelectMany(ReadShard);

    /// <summary>Reads one shard.</summary>
    public static IEnumerable<TextBlock> ReadShard(string path) => Shards.Read(path, TextTable.Of);

    private static void Write(
        IReadOnlyDictionary<string, TextEntry> texts, IReadOnlyList<ITokenizer> tokenizers, SplitOptions options, DataSplit split, string folder,
        Dictionary<string, double> figures, IProgressReporter progress, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        string name = split.ToString().ToLowerInvariant();
        using var bar = progress.Start($"split {name}", 0, "documents");
        var splitter = new BlockSplitter(tokenizers, options.MaxLength - BlockSplitter.Reserve);
        long maxBytes = split switch { DataSplit.Train => options.TrainBytesPerDomain, DataSplit.Test => options.TestBytesPerDomain, _ => 0 };
        int number = 0;
        var domains = texts.ToDictionary(t => t.Key, t => DomainTexts.Read(t.Value, split, maxBytes));
        var blocks = Interleave(domains).SelectMany(document =>
        {
            cancellation.ThrowIfCancellationRequested();
            bar.Advance(1);
            Add(figures, $"{name}.{document.Domain}.documents", 1);
            Add(figures, $"{name}.{document.Domain}.bytes", Encoding.UTF8.GetByteCount(document.Text));
            return (split == DataSplit.Train ? splitter.Split(document.Text) : [document.Text]).Select(piece => new TextBlock(number++, document.Domain, piece));
        });
        int shard = 0;
        foreach (var chunk in blocks.Chunk(Shards.DocumentsPerShard))
        {
            Shards.Write(Shards.PathOf(folder, shard++), TextTable.Schema, chunk, TextTable.ToBatch);
        }

        if (split == DataSplit.Train && shard == 0)
        {
            throw new ArtifactException($"The texts {string.Join(", ", texts.Keys)} hold no document of the training split. Give more texts, or name 'train:' files in the recipe.");
        }
    }

    // One document of each domain in turn, so that neighbouring blocks mix domains.
    private static IEnumerable<(string Domain, string Text)> Interleave(Dictionary<string, IEnumerable<Document>> domains)
    {
        var open = domains.Select(d => (d.Key, Documents: d.Value.GetEnumerator())).ToList();
        while (open.Count > 0)
        {
            for (int i = 0; i < open.Count;)
            {
                if (open[i].Documents.MoveNext())
                {
                    yield return (open[i].Key, open[i].Documents.Current.Text);
                    i++;
                }
                else
                {
                    open[i].Documents.Dispose();
                    open.RemoveAt(i);
                }
            }
        }
    }

    private static string Fingerprint(TextEntry entry)
        => string.Join('|', new[] { entry.Path, entry.Train, entry.Validation, entry.Test }.Select(p => p is null ? "-" : Fingerprint(p)).Append(entry.Field));

    private static string Fingerprint(string path)
        => path.StartsWith(SdkDocumentation.Prefix, StringComparison.Ordinal)
            ? $"{path}@{SdkDocumentation.FindPacks()}@{Environment.Version}"
            : FileFingerprint.OfFiles(TextFiles.FilesBelow(path));

    private static void Add(Dictionary<string, double> figures, string name, double value)
        => figures[name] = figures.GetValueOrDefault(name) + value;
}

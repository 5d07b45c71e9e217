using System.Text;
using FuseSharp.Errors;
using FuseSharp.Fusion.Conversations;
using FuseSharp.Fusion.Records;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Split;

/// <summary>Stage 1: texts → <see cref="TextPiece"/>, the training split cut to fit every model, the others whole.</summary>
/// <remarks>A shard holds the pieces of so many documents, so that which documents a shard holds is known without tokenizing those before it.</remarks>
public static class SplitStage
{
    /// <summary>Runs the stage, going on at the first missing shard; the folder holds a sub-folder for each split.</summary>
    /// <param name="texts">Domains by name.</param>
    /// <param name="tokenizers">The target's first.</param>
    /// <param name="options">How.</param>
    /// <param name="output">Where; every part reads all texts and tokenizes its own.</param>
    /// <param name="context">Gets documents; its cancellation ends the stage between two documents.</param>
    /// <param name="conversations">From <see cref="ConversationSplit.Create"/>; null where the texts hold none.</param>
    /// <exception cref="ArtifactException">Texts that cannot be read, or no training text.</exception>
    public static Manifest Run(
        IReadOnlyDictionary<string, TextEntry> texts, IReadOnlyList<ITokenizer> tokenizers, SplitOptions options, StageOutput output,
        StageContext context, ConversationSplit? conversations = null)
    {
        var (progress, cancellation) = context;
        var key = KeyOf(texts, tokenizers, options, output.Compression, conversations?.Reading) with
        {
            Paths = [.. texts.Values.SelectMany(t => new[] { t.Path, t.Train, t.Validation, t.Test }).OfType<string>().Where(p => Path.Exists(p))], // patterns and sdk:AREA are no paths
        };
        return ShardedStage.Make(output, key, context, () => [], shards =>
        {
            var lost = new SortedDictionary<string, double>(StringComparer.Ordinal);
            foreach (var split in Enum.GetValues<DataSplit>())
            {
                var cutter = new PieceCutter(TextPieceFiles.NameOf(split), split == DataSplit.Train ? tokenizers : null, conversations, options.MaxLength);
                Write(texts, cutter, options, split, shards, progress, cancellation);
                cutter.AddTo(lost);
            }

            foreach (string line in PieceCutter.Said(lost, options.MaxLength))
            {
                progress.Say(line);
            }
        });
    }

    /// <summary>What decides the output; reads the texts' files.</summary>
    /// <param name="texts">Domains by name.</param>
    /// <param name="tokenizers">The target's first.</param>
    /// <param name="options">How.</param>
    /// <param name="compression">Of the shards.</param>
    /// <param name="conversations">How conversations are read; null where the texts hold none.</param>
    public static StageKey KeyOf(
        IReadOnlyDictionary<string, TextEntry> texts, IReadOnlyList<ITokenizer> tokenizers, SplitOptions options, ShardCompression compression, ConversationReading? conversations = null)
        => StageKey.Create("split", 3, conversations is null ? new { options, compression } : new { options, compression, conversations },
            [.. texts.Select(t => ($"texts.{t.Key}", DomainTexts.Fingerprint(t.Value))), .. tokenizers.Select((t, i) => ($"tokenizer.{i}", t.Fingerprint))]);

    private static void Write(
        IReadOnlyDictionary<string, TextEntry> texts, PieceCutter cutter, SplitOptions options, DataSplit split, ShardJournal shards,
        IProgressReporter progress, CancellationToken cancellation)
    {
        string name = TextPieceFiles.NameOf(split);
        long maxBytes = split switch { DataSplit.Train => options.TrainBytesPerDomain, DataSplit.Test => options.TestBytesPerDomain, _ => 0 };
        using var bar = progress.Start($"split {name}", 0, "documents");
        using var documents = Interleave(texts.ToDictionary(t => t.Key, t => DomainTexts.Read(t.Value, split, maxBytes))).GetEnumerator();
        bool hasMore = documents.MoveNext();
        if (split == DataSplit.Train && !hasMore)
        {
            throw new ArtifactException($"The texts {string.Join(", ", texts.Keys)} hold no document of the training split. Give more texts, or name 'train:' files in the recipe{(texts.Values.Any(t => t.Part is not null) ? ", or a wider 'part'" : "")}.");
        }

        IEnumerable<(string Domain, Document Document)> OfShard()
        {
            for (int i = 0; i < options.DocumentsPerShard && hasMore; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return documents.Current;
                bar.Advance(1);
                hasMore = documents.MoveNext();
            }
        }

        for (int shard = 0; hasMore; shard++)
        {
            string shardName = Shards.NameOf(shard, name);
            if (shards.Needs(shardName))
            {
                var tally = new ShardTally();
                var rows = Rows(OfShard(), shard * options.DocumentsPerShard, name, cutter, shards.SkipsBadDocuments, tally);
                shards.Write(shardName, TextTable.Schema, rows, TextTable.ToBatch, tally);
            }
            else
            {
                foreach (var _ in OfShard())
                {
                }
            }
        }

        bar.Complete();
    }

    private static IEnumerable<(PieceId Id, string Domain, string Text)> Rows(
        IEnumerable<(string Domain, Document Document)> documents, int first, string split, PieceCutter cutter, bool skipsBad, ShardTally tally)
    {
        int number = first;
        foreach (var (domain, document) in documents)
        {
            var pieces = cutter.Cut(domain, document, tally, out string? error);
            if (error is { } fault)
            {
                tally.LeftOut.Add(skipsBad ? new LeftOutDocument(-1, 0, document.Place, fault) : throw new ArtifactException($"{fault} Or leave such documents out: store.skip_bad_documents."));
                number++;
                continue;
            }

            int piece = 0;
            foreach (string text in pieces)
            {
                yield return (new PieceId(number, piece++), domain, text);
            }

            number++;
            tally.Add($"{split}.{domain}.documents", piece > 0 ? 1 : 0); // a conversation that fits no model is none
            tally.Add($"{split}.{domain}.bytes", piece > 0 ? Encoding.UTF8.GetByteCount(document.Text) : 0);
            tally.Add($"{split}.pieces", piece);
        }

        tally.Add($"{split}.pieces", 0); // there also where every document of the shard was left out
    }

    // One document of each domain in turn, so that neighbouring sequences mix domains.
    private static IEnumerable<(string Domain, Document Document)> Interleave(Dictionary<string, IEnumerable<Document>> domains)
    {
        var open = domains.Select(d => (d.Key, Documents: d.Value.GetEnumerator())).ToList();
        while (open.Count > 0)
        {
            for (int i = 0; i < open.Count;)
            {
                if (open[i].Documents.MoveNext())
                {
                    yield return (open[i].Key, open[i].Documents.Current);
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
}

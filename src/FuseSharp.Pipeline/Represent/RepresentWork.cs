using FuseSharp.Errors;
using FuseSharp.Fusion.Records;
using FuseSharp.Models.Native;
using FuseSharp.Models.Scoring;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Pipeline.Represent;

/// <summary>Writes the shards of a representation, wherever its model runs.</summary>
/// <param name="Name">Of the model.</param>
/// <param name="Encoder">How it reads.</param>
/// <param name="Target">How the target reads onto whose tokens rows are projected; null for the model's own.</param>
/// <param name="Texts">Output of the split stage.</param>
/// <param name="MaxLength">Longest sequence, tokens; longer ones are cut.</param>
/// <param name="TopK">Candidates of a row.</param>
internal sealed record RepresentWork(string Name, PieceEncoder Encoder, PieceEncoder? Target, string Texts, int MaxLength, int TopK)
{
    // Full batches of the scorer in a window, so that texts of about one length meet in a batch; 15 MB with k = 10 on a processor, 60 MB on a graphics processor.
    private const int WindowBatches = 16;

    // One that is being written, one that waits, one that is being scored.
    private const int WaitingWindows = 1;

    /// <summary>Makes what is missing.</summary>
    /// <param name="output">Where and how.</param>
    /// <param name="key">What decides the contents.</param>
    /// <param name="context">Gets pieces; its cancellation ends the work.</param>
    /// <param name="open">Opens the model; called only where there is work to do, with the folder of the unfinished output.</param>
    public Manifest Make(StageOutput output, StageKey key, StageContext context, Func<string, IPieceScorer> open)
    {
        var (progress, cancellation) = context;
        return ShardedStage.Make(output, key, context, Constants, shards =>
        {
            var files = new TextPieceFiles(Texts, DataSplit.Train);
            if (files.Count == 0)
            {
                throw new ArtifactException($"'{Texts}' holds no text to learn from: every conversation of the training texts is longer than {MaxLength.ToString(System.Globalization.CultureInfo.InvariantCulture)} tokens in some model. Raise split.max_length.");
            }

            using var bar = progress.Start($"represent {Name}", files.Count, "pieces");
            int[] missing = [.. Enumerable.Range(0, files.Shards).Where(s => shards.Needs(Shards.NameOf(s)))];
            bar.Skip(files.Count - missing.Sum(files.CountOf));
            if (missing.Length == 0)
            {
                bar.Complete();
                return;
            }

            using var model = open(shards.Folder);
            var table = new RepresentationTable(TopK, Encoder.Tokenizer.Vocabulary.Count, Target?.Tokenizer.Vocabulary.Count, Encoder.Conversations is not null);
            var answers = Encoder.Conversations is null ? null : new AnswerPositions(Encoder, Target);
            var windows = new TokenizedWindows(files, piece => Truncate(Encoder.Encode(piece), MaxLength) is var tokens && tokens.Learned is not null ? new(piece, tokens, answers!.Of(piece, tokens)) : new(piece, tokens, null), WindowBatches * model.BatchTokens);
            WriteBehind.Run(
                ended => Score(windows.Read(missing, ended), model, bar, ended),
                scored =>
                {
                    using var stream = scored.GetEnumerator();
                    foreach (int shard in missing)
                    {
                        var tally = new ShardTally();
                        shards.Write(Shards.NameOf(shard), table.Schema, OfShard(stream, shards.SkipsBadDocuments, tally), table.ToBatch, tally);
                    }
                },
                WaitingWindows, cancellation);
            bar.Complete();
        });
    }

    private Dictionary<string, double> Constants()
    {
        var constants = new Dictionary<string, double> { ["vocabulary"] = Encoder.Tokenizer.Vocabulary.Count, ["k"] = TopK };
        if (Target is not null)
        {
            constants["target_vocabulary"] = Target.Tokenizer.Vocabulary.Count;
        }

        return constants;
    }

    private static IEnumerable<ScoredWindow> Score(IEnumerable<TokenizedWindow> windows, IPieceScorer model, IProgressTask bar, CancellationToken cancellation)
    {
        foreach (var window in windows)
        {
            var scores = model.Score([.. window.Blocks.Select(b => b.Tokens.Ids)], n => bar.Advance(n), [.. window.Blocks.Select(b => b.Wanted)], cancellation);
            LibTorch.ReturnFreedMemory(); // after hours, half of the process would be holes
            yield return new ScoredWindow(window, scores);
        }
    }

    private IEnumerable<Representation> OfShard(IEnumerator<ScoredWindow> windows, bool skipsBad, ShardTally tally)
    {
        tally.Add("pieces", 0); // there also where every piece of the shard is left out
        bool hasMore = true;
        while (hasMore && windows.MoveNext())
        {
            var (window, scores) = windows.Current;
            hasMore = !window.EndsShard;
            for (int i = 0; i < scores.Length; i++)
            {
                var (block, tokens, _) = window.Blocks[i];
                var logits = ToRows(scores[i]);
                if (ErrorOf(scores[i], logits) is { } fault)
                {
                    string found = $"Model {Name} gives {fault} for document {block.Id} ({block.Domain})";
                    tally.LeftOut.Add(skipsBad ? new LeftOutDocument(block.Id.Document, block.Id.Piece, $"{block.Domain} {block.Id}", found)
                        : throw new ModelException($"{found}. Check its weights, take represent.precision float32, or leave such documents out for all models: store.skip_bad_documents."));
                    continue;
                }

                var representation = new Representation(block.Id, tokens.Ids, tokens.EndsExclusive, logits, scores[i].CrossEntropies) { Learned = tokens.Learned };
                tally.Add("pieces", 1);
                tally.Add("tokens", tokens.Count);
                tally.Add("nats", representation.Nats);
                yield return representation;
            }
        }
    }

    // Sums over a target's tokens as logarithms of probabilities: float16 keeps them finer than logits, which may be large.
    private TopKLogits ToRows(SequenceScores scores)
        => Target is not null
            ? new(TopK, scores.Indices, [.. scores.Logits.Select((l, i) => scores.Indices[i] < 0 ? default : (Half)(l - scores.LogNormalizers[i / TopK]))], new float[scores.LogNormalizers.Length])
            : new(TopK, scores.Indices, Array.ConvertAll(scores.Logits, l => (Half)l), scores.LogNormalizers);

    private static string? ErrorOf(SequenceScores scores, TopKLogits stored)
        => !scores.AreFinite ? "NaN or infinite logits"
            : Array.TrueForAll(stored.Logits, Half.IsFinite) ? null : $"logits beyond float16's {(float)Half.MaxValue:F0}";

    private static EncodedPiece Truncate(EncodedPiece tokens, int maxLength)
        => tokens.Count <= maxLength ? tokens : new(tokens.Ids[..maxLength], tokens.EndsExclusive[..maxLength], tokens.Learned?.Slice(0, maxLength));
}

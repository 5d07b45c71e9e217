using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Native;
using FuseSharp.Models.Scoring;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Represent;

/// <summary>Stage 2: <see cref="TextPiece"/> × model → <see cref="Representation"/>, a shard for each shard of texts.</summary>
public static class RepresentStage
{
    // 16 full batches of the scorer, so that texts of about one length meet in a batch; 15 MB with k = 10.
    private const int WindowTokens = 16 * SequenceScorer.TokensPerBatch;

    /// <summary>Runs the stage, going on at the first missing shard.</summary>
    /// <param name="path">The model: a Hugging Face folder or a GGUF file. Loaded only where there is work to do.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="texts">Output of the split stage; its training texts are read.</param>
    /// <param name="maxLength">Longest sequence, tokens; longer ones are cut.</param>
    /// <param name="options">How.</param>
    /// <param name="output">Where.</param>
    /// <param name="context">Gets pieces; its cancellation ends the stage between two batches.</param>
    /// <param name="target">How the target reads over whose vocabulary rows are written, probabilities summed by its tokens before the largest are kept; null for the model's own tokens.</param>
    /// <exception cref="ModelException">The model gives NaN or infinity, and such documents are not to be left out.</exception>
    public static Manifest Run(
        string path, Device device, string texts, int maxLength, RepresentOptions options, StageOutput output, StageContext context, PieceEncoder? target = null)
    {
        var (progress, cancellation) = context;
        var type = WorkingType.Resolve(options.Precision, device);
        var tokenizer = TokenizerFolder.Load(path);
        string name = ModelName.FromPath(path);
        var encoder = PieceEncoder.Open(texts, name, path, tokenizer);
        var key = KeyOf(path, tokenizer, type, Manifest.Read(texts).Key, maxLength, options, output.Compression, target, encoder) with { Paths = [path, texts] };
        Dictionary<string, double> Constants()
        {
            var constants = new Dictionary<string, double> { ["vocabulary"] = tokenizer.Vocabulary.Count, ["k"] = options.TopK };
            if (target is not null)
            {
                constants["target_vocabulary"] = target.Tokenizer.Vocabulary.Count;
            }

            return constants;
        }

        return ShardedStage.Make(output, key, context, Constants, shards =>
        {
            var files = new TextPieceFiles(texts, DataSplit.Train);
            using var bar = progress.Start($"represent {name}", files.Count, "pieces");
            int[] missing = [.. Enumerable.Range(0, files.Shards).Where(s => shards.Needs(Shards.NameOf(s)))];
            bar.Skip(files.Count - missing.Sum(files.CountOf));
            if (missing.Length == 0)
            {
                bar.Complete();
                return;
            }

            using var model = LanguageModel.Load(name, path, type, device);
            var projection = target is null ? null : new CandidateProjection(VocabularyProjection.ToFirstToken(target.Tokenizer, tokenizer).ToArray(), target.Tokenizer.Vocabulary.Count);
            var scorer = new SequenceScorer(model.Network, tokenizer.Vocabulary.Count, options.TopK, projection);
            var table = new RepresentationTable(options.TopK, tokenizer.Vocabulary.Count, target?.Tokenizer.Vocabulary.Count, encoder.Conversations is not null);
            var answers = encoder.Conversations is null ? null : new AnswerPositions(encoder, target);
            var windows = new TokenizedWindows(files, piece => Truncate(encoder.Encode(piece), maxLength) is var tokens && tokens.Learned is not null ? new(piece, tokens, answers!.Of(piece, tokens)) : new(piece, tokens, null), WindowTokens);
            using var stream = windows.Read(missing, cancellation).GetEnumerator();
            foreach (int shard in missing)
            {
                var tally = new ShardTally();
                shards.Write(Shards.NameOf(shard), table.Schema, OfShard(stream, model.Name, scorer, scores => ToRows(scores, options.TopK, target is not null), shards.SkipsBadDocuments, tally, bar, cancellation), table.ToBatch, tally);
            }

            bar.Complete();
        });
    }

    /// <summary>What decides the output; reads the model's files.</summary>
    /// <param name="path">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="type">Working type: what 'auto' came to, for machines that share the work must agree.</param>
    /// <param name="texts">Key of the split stage's output.</param>
    /// <param name="maxLength">Longest sequence, tokens.</param>
    /// <param name="options">How.</param>
    /// <param name="compression">Of the shards.</param>
    /// <param name="target">How the target reads over whose vocabulary rows are written; null for the model's own tokens.</param>
    /// <param name="encoder">How the model reads conversations; null, too, where the texts hold none.</param>
    public static StageKey KeyOf(
        string path, ITokenizer tokenizer, ScalarType type, string texts, int maxLength, RepresentOptions options, ShardCompression compression, PieceEncoder? target = null, PieceEncoder? encoder = null)
    {
        string dtype = WorkingType.NameOf(type);
        return StageKey.Create("represent", 3,
            encoder?.Reading is { } conversations ? (target?.Reading is { } ofTarget ? new { options.TopK, dtype, maxLength, compression, conversations, rows = RepresentRows.Projected, projection = TokenProjection.FirstToken, target = ofTarget }
                    : new { options.TopK, dtype, maxLength, compression, conversations })
                : target is null ? new { options.TopK, dtype, maxLength, compression } : new { options.TopK, dtype, maxLength, compression, rows = RepresentRows.Projected, projection = TokenProjection.FirstToken },
            [("texts", texts), ("model", LanguageModel.Fingerprint(path)), ("tokenizer", tokenizer.Fingerprint), .. target is null ? Array.Empty<(string, string)>() : [("target_tokenizer", target.Tokenizer.Fingerprint)]]);
    }

    private static IEnumerable<Representation> OfShard(
        IEnumerator<TokenizedWindow> windows, string model, SequenceScorer scorer, Func<SequenceScores, TopKLogits> toRows, bool skipsBad, ShardTally tally, IProgressTask bar, CancellationToken cancellation)
    {
        tally.Add("pieces", 0); // there also where every piece of the shard is left out
        bool hasMore = true;
        while (hasMore && windows.MoveNext())
        {
            var window = windows.Current;
            hasMore = !window.EndsShard;
            var scores = scorer.Score([.. window.Blocks.Select(b => b.Tokens.Ids)], n => bar.Advance(n), cancellation, [.. window.Blocks.Select(b => b.Wanted)]);
            for (int i = 0; i < scores.Length; i++)
            {
                var (block, tokens, _) = window.Blocks[i];
                var logits = toRows(scores[i]);
                if (ErrorOf(scores[i], logits) is { } fault)
                {
                    string found = $"Model {model} gives {fault} for document {block.Id} ({block.Domain})";
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

            LibTorch.ReturnFreedMemory(); // after hours, half of the process would be holes
        }
    }

    // Sums over a target's tokens as logarithms of probabilities: float16 keeps them finer than logits, which may be large.
    private static TopKLogits ToRows(SequenceScores scores, int k, bool areProjected)
        => areProjected
            ? new(k, scores.Indices, [.. scores.Logits.Select((l, i) => scores.Indices[i] < 0 ? default : (Half)(l - scores.LogNormalizers[i / k]))], new float[scores.LogNormalizers.Length])
            : new(k, scores.Indices, Array.ConvertAll(scores.Logits, l => (Half)l), scores.LogNormalizers);

    private static string? ErrorOf(SequenceScores scores, TopKLogits stored)
        => !scores.AreFinite ? "NaN or infinite logits"
            : Array.TrueForAll(stored.Logits, Half.IsFinite) ? null : $"logits beyond float16's {(float)Half.MaxValue:F0}";

    private static EncodedPiece Truncate(EncodedPiece tokens, int maxLength)
        => tokens.Count <= maxLength ? tokens : new(tokens.Ids[..maxLength], tokens.EndsExclusive[..maxLength], tokens.Learned?.Slice(0, maxLength));
}

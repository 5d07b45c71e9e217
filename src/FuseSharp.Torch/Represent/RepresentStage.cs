using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Progress;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Records;
using FuseSharp.Core.Split;
using FuseSharp.Core.Texts;
using FuseSharp.Core.Tokenizers;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Torch.Represent;

/// <summary>Stage 2: <see cref="TextBlock"/> × model → <see cref="Representation"/>, a file for each file of texts.</summary>
public static class RepresentStage
{
    /// <summary>Runs the stage, going on behind the last complete file.</summary>
    /// <param name="load">Loads the model; called only where there is work to do.</param>
    /// <param name="path">The model's folder, whose fingerprint is part of the key.</param>
    /// <param name="texts">Output of the split stage.</param>
    /// <param name="maxLength">Longest sequence, tokens; longer ones are cut.</param>
    /// <param name="options">How.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="progress">Gets documents.</param>
    /// <param name="cancellation">Ends the stage between two batches.</param>
    public static Manifest Run(
        Func<LanguageModel> load, string path, string texts, int maxLength, RepresentOptions options, string folder,
        IProgressReporter progress, CancellationToken cancellation)
    {
        var key = StageKey.Of("represent", 1, new { options.TopK, options.Precision, maxLength },
            ("texts", Manifest.Read(texts).Key), ("model", LanguageModel.Fingerprint(path)));
        return StageFolder.Make(folder, key, progress, partial =>
        {
            using var model = load();
            string[] shards = Shards.In(SplitStage.Folder(texts, DataSplit.Train));
            var table = new RepresentationTable(options.TopK, model.Tokenizer.Vocabulary.Count);
            var figures = new Dictionary<string, double> { ["vocabulary"] = model.Tokenizer.Vocabulary.Count, ["k"] = options.TopK };
            using var bar = progress.Start($"represent {model.Name}", shards.Sum(s => SplitStage.ReadShard(s).LongCount()), "documents");
            for (int i = 0; i < shards.Length; i++)
            {
                string output = Shards.PathOf(partial, i);
                if (File.Exists(output))
                {
                    bar.Advance(SplitStage.ReadShard(shards[i]).LongCount());
                    continue;
                }

                var blocks = SplitStage.ReadShard(shards[i]).ToList();
                Shards.Write(output, table.Schema, Represent(model, blocks, maxLength, options.TopK, n => bar.Advance(n), cancellation), table.ToBatch);
            }

            foreach (var row in Shards.In(partial).SelectMany(s => Shards.Read(s, table.Of)))
            {
                figures["documents"] = figures.GetValueOrDefault("documents") + 1;
                figures["tokens"] = figures.GetValueOrDefault("tokens") + row.Ids.Length;
                figures["nats"] = figures.GetValueOrDefault("nats") + row.CrossEntropies.Sum(c => (double)c);
            }

            return figures;
        });
    }

    /// <summary>The representations of some blocks, in their order.</summary>
    /// <param name="model">Whose view is written down.</param>
    /// <param name="blocks">Texts that fit its context.</param>
    /// <param name="maxLength">Longest sequence, tokens; longer ones are cut.</param>
    /// <param name="k">Logits kept at every position.</param>
    /// <param name="finished">Gets the number of documents of each finished batch.</param>
    /// <param name="cancellation">Ends the work between two batches.</param>
    /// <exception cref="ModelException">The model gives NaN or infinity.</exception>
    public static List<Representation> Represent(
        LanguageModel model, IReadOnlyList<TextBlock> blocks, int maxLength, int k, Action<int>? finished, CancellationToken cancellation)
    {
        TokenizedText[] tokens = [.. blocks.AsParallel().AsOrdered().Select(b => Truncate(WithEndOfText(model.Tokenizer.Encode(b.Text), model.Tokenizer), maxLength))];
        var scores = new SequenceScorer(model.Network, model.Tokenizer.Vocabulary.Count, k).Score([.. tokens.Select(t => t.Ids)], finished, cancellation);
        var representations = new List<Representation>(blocks.Count);
        for (int i = 0; i < scores.Length; i++)
        {
            if (!scores[i].LogNormalizers.All(float.IsFinite) || !scores[i].Logits.All(float.IsFinite))
            {
                throw new ModelException($"Model {model.Name} gives NaN or infinite logits for document {blocks[i].Document} ({blocks[i].Domain}). Check its weights, or represent with --precision float32.");
            }

            var logits = new SparseLogits(k, scores[i].Indices, Array.ConvertAll(scores[i].Logits, l => (Half)l), scores[i].LogNormalizers);
            representations.Add(new Representation(blocks[i].Document, tokens[i].Ids, tokens[i].EndsExclusive, logits, scores[i].CrossEntropies));
        }

        return representations;
    }

    private static TokenizedText WithEndOfText(TokenizedText tokens, ITokenizer tokenizer)
        => tokenizer.EndOfTextId is not { } end ? tokens
            : new TokenizedText([.. tokens.Ids, end], [.. tokens.EndsExclusive, tokens.Count == 0 ? 0 : tokens.EndsExclusive[^1]]);

    private static TokenizedText Truncate(TokenizedText tokens, int maxLength)
        => tokens.Count <= maxLength ? tokens : new TokenizedText(tokens.Ids[..maxLength], tokens.EndsExclusive[..maxLength]);
}

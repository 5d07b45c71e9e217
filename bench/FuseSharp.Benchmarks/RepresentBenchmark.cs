using FuseSharp.Fusion.Records;
using FuseSharp.Fusion.Split;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>The represent stage, from text shards to synced files, against the reference's way and against the model's own best forward pass.</summary>
/// <remarks>
/// Lengths: MiniPile's paper (arXiv 2304.08442) gives a median document length of 294, here taken as words, about 400 tokens; its 10⁶ documents have 1.5·10⁹ tokens, a mean of 1,500.
/// Assumed is the log-normal with that median and mean (σ = 1.63: many short, a long tail), taken at its quantiles. Each document is cut at 2,048 tokens; with the argument
/// <c>pieces</c> it is cut into pieces instead, as the split stage does it, which leaves fewer short texts and so less to gain. Texts are real English, cut to those lengths.
/// The reference's way: batches of documents in their own order, all padded to 2,048, logits of all positions as float32, then float16, cross-entropy and top-k of all positions; text
/// already tokenized and nothing written, so its figure is on the generous side. It costs the same for every document, so it is timed on some of them.
/// </remarks>
internal sealed class RepresentBenchmark : IBenchmark
{
    private const int MaxLength = 2048;
    private const int Documents = 64;
    private const int ReferenceBatch = 2;
    private const int K = 10;

    // More vocabulary than the tokenizer has: the head is a fifth of the work, as with a large vocabulary and a model of a billion parameters.
    private static readonly BenchmarkLlama _model = new(Vocabulary: 8192, Hidden: 384, Inner: 1024, Layers: 8, Heads: 6, MaxLength);

    public string Name => "represent";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        using var folder = new ScratchFolder();
        string model = _model.Write(folder.At("model"), TinyCorpus.Tokenizer);
        int[] lengths = TinyCorpus.Write(folder.At("texts"), Lengths(arguments.Contains("pieces")));
        var texts = new Dictionary<string, TextEntry> { ["text"] = new() { Train = folder.At("texts") } };
        SplitStage.Run(texts, [TokenizerFolder.Load(model)], new SplitOptions { MaxLength = MaxLength + DocumentSplitter.Reserve }, folder.At("split"), StageContext.Silent);
        double tokens = lengths.Sum();
        var precision = arguments.Contains("float32") ? Precision.Float32 : Precision.Auto;
        var type = WorkingType.Resolve(precision, CPU);
        Console.WriteLine(FormattableString.Invariant($"{lengths.Length} texts, {tokens:N0} tokens, mean {tokens / lengths.Length:N0}, median {lengths.Order().ElementAt(lengths.Length / 2):N0}; {type}"));
        using var loaded = LanguageModel.Load("bench", model, type, CPU);
        loaded.Network.eval();
        // Rounds in turn, so that what else the machine does meets all three alike.
        var target = TokenizerFolder.Load(DemoModels.Path("web")); // over whose vocabulary a source's rows are summed
        var rounds = new List<(double Ours, double Reference, double Best, double Projected)>();
        long peakBytes = 0;
        for (int round = 0; round < 3; round++)
        {
            double best = BestForward(loaded);
            double reference = tokens / (ReferenceSeconds(loaded) * lengths.Length);
            var peak = new PeakMemory();
            double ours = tokens / Median.SecondsOfOne(() => RepresentStage.Run(model, CPU, folder.At("split"), MaxLength, new RepresentOptions { TopK = K, Precision = precision },
                folder.At($"out{round}"), StageContext.Silent));
            double projected = tokens / Median.SecondsOfOne(() => RepresentStage.Run(model, CPU, folder.At("split"), MaxLength, new RepresentOptions { TopK = K, Precision = precision },
                folder.At($"projected{round}"), StageContext.Silent, new PieceEncoder(target, null)));
            Console.WriteLine(FormattableString.Invariant($"represent {ours,8:N0} tokens/s, projected {projected,8:N0}, the reference's way {reference,8:N0}, best forward at full length {best,8:N0}: {ours / reference:F2} times the one, {ours / best:P0} of the other"));
            peakBytes = Math.Max(peakBytes, peak.AddedBytes);
            rounds.Add((ours, reference, best, projected));
        }

        Console.WriteLine(FormattableString.Invariant($"peak memory {peakBytes / 1e6:N0} MB above the process before the stage, its own copy of the model included"));
        double times = Middle(rounds.Select(r => r.Ours / r.Reference));
        double ofTokens = Middle(rounds.Select(r => r.Projected / r.Ours));
        double share = Middle(rounds.Select(r => r.Ours / r.Best));
        double speed = Middle(rounds.Select(r => r.Ours));
        return [
            new("represent, from shards of text to synced files", speed, "tokens/s", Goal.AtLeast(2.5), new("the reference's way", speed / times)),
            new("the same", speed, "tokens/s", Goal.AtLeast(0.7), new("the model's best forward pass", speed / share)),
            new("rows summed by the target's tokens", speed * ofTokens, "tokens/s", Goal.AtLeast(0.9), new("rows of tokens", speed)),
            new("peak memory above the process before", peakBytes / 1e6, "MB"),
        ];
    }

    private static double Middle(IEnumerable<double> values) => values.Order().ElementAt(1);

    private static int[] Lengths(bool inPieces)
    {
        int[] documents = TinyCorpus.LogNormal(Documents, median: 400, mean: 1500);
        const int Piece = MaxLength - DocumentSplitter.Reserve;
        int[] lengths = inPieces
            ? [.. documents.SelectMany(n => Enumerable.Range(0, (n + Piece - 1) / Piece).Select(p => Math.Min(Piece, n - (p * Piece)))).Select(n => Math.Max(16, n))]
            : Array.ConvertAll(documents, n => Math.Clamp(n, 16, MaxLength));
        new Random(1).Shuffle(lengths);
        return lengths;
    }

    // Seconds of a document.
    private static double ReferenceSeconds(LanguageModel model)
    {
        const int Batches = 4;
        using var noGradient = no_grad();
        return Median.SecondsOfOne(() =>
        {
            for (int batch = 0; batch < Batches; batch++)
            {
                using var scope = NewDisposeScope();
                var ids = Ids(ReferenceBatch);
                var logits = model.Network.Logits(ids).to(ScalarType.Float32).to(ScalarType.Float16); // [batch, 2048, vocabulary], all positions
                var wide = logits.to(ScalarType.Float32); // float16 arithmetic on a CPU would make it slower still
                _ = nn.functional.cross_entropy(wide.narrow(1, 0, MaxLength - 1).reshape(-1, wide.shape[2]), ids.narrow(1, 1, MaxLength - 1).reshape(-1), reduction: nn.Reduction.None);
                _ = wide.topk(K);
            }
        }) / (Batches * ReferenceBatch);
    }

    // Tokens a second of the bare model, head included, on full sequences: the best of several batch sizes.
    private static double BestForward(LanguageModel model)
    {
        using var noGradient = no_grad();
        double best = 0;
        foreach (int batch in new[] { 1, 2, 4 })
        {
            double seconds = Median.SecondsOfOne(() =>
            {
                using var scope = NewDisposeScope();
                _ = model.Network.Logits(Ids(batch));
            });
            best = Math.Max(best, batch * MaxLength / seconds);
        }

        return best;
    }

    private static Tensor Ids(int batch) => arange(batch * MaxLength, ScalarType.Int64).remainder(2000).view(batch, MaxLength);
}

using System.Diagnostics;
using System.Text.Json.Nodes;
using FuseSharp.Core.Progress;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Split;
using FuseSharp.Core.Texts;
using FuseSharp.Core.Tokenizers;
using FuseSharp.Testing;
using FuseSharp.Torch.Models;
using FuseSharp.Torch.Represent;
using FuseSharp.Torch.Scoring;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>The represent stage, from text shards to synced files, against the reference's way and against the model's own best forward pass.</summary>
/// <remarks>
/// Lengths: MiniPile has 1.5·10⁹ tokens in 10⁶ documents, a mean of 1,500. Their distribution is not published; taken here is a log-normal with a median of 800 tokens and that mean
/// (σ = 1.12: many short, a long tail), at its quantiles, and cut at 2,048 as the reference cuts. Texts are real English, cut to those lengths.
/// The reference's way: batches of documents in their own order, all padded to 2,048, logits of all positions as float32, then float16, cross-entropy and top-k of all positions; text
/// already tokenized and nothing written, so its figure is on the generous side. It costs the same for every document, so it is timed on some of them.
/// </remarks>
internal sealed class RepresentBenchmark : IBenchmark
{
    private const int MaxLength = 2048;
    private const int Documents = 64;
    private const int ReferenceBatch = 2;
    private const int K = 10;

    public string Name => "represent";

    public string Run(string[] arguments)
    {
        using var folder = new ScratchFolder();
        string model = Model(folder.At("model"));
        int[] lengths = Texts(folder.At("texts"), TokenizerFolder.Load(model));
        var texts = new Dictionary<string, TextEntry> { ["text"] = new() { Train = folder.At("texts") } };
        SplitStage.Run(texts, [TokenizerFolder.Load(model)], new SplitOptions { MaxLength = MaxLength + BlockSplitter.Reserve }, folder.At("split"), SilentProgress.Instance, CancellationToken.None);
        double tokens = lengths.Sum();
        var precision = arguments is ["float32"] ? Precision.Float32 : Precision.Auto;
        var type = WorkingType.Of(precision, CPU);
        Console.WriteLine(FormattableString.Invariant($"{Documents} documents, {tokens:N0} tokens, mean {tokens / Documents:N0}, median {lengths.Order().ElementAt(Documents / 2):N0}; {type}"));
        using var loaded = LanguageModel.Load("bench", model, type, CPU);
        loaded.Network.eval();
        // Rounds in turn, so that what else the machine does meets all three alike.
        var rounds = new List<(double Ours, double Reference, double Best)>();
        var peak = new PeakMemory();
        for (int round = 0; round < 3; round++)
        {
            double best = BestForward(loaded);
            double reference = tokens / (ReferenceSeconds(loaded) * Documents);
            double ours = tokens / Seconds(() => RepresentStage.Run(model, CPU, folder.At("split"), MaxLength, new RepresentOptions { TopK = K, Precision = precision },
                folder.At($"out{round}"), SilentProgress.Instance, CancellationToken.None));
            Console.WriteLine(FormattableString.Invariant($"represent {ours,8:N0} tokens/s, the reference's way {reference,8:N0}, best forward at full length {best,8:N0}: {ours / reference:F2} times the one, {ours / best:P0} of the other"));
            rounds.Add((ours, reference, best));
        }

        Console.WriteLine(FormattableString.Invariant($"peak memory {peak.AddedBytes / 1e6:N0} MB above the loaded model"));
        double times = Middle(rounds.Select(r => r.Ours / r.Reference));
        double share = Middle(rounds.Select(r => r.Ours / r.Best));
        return FormattableString.Invariant($"represent: {times:F2} times the reference's way (goal ≥ 2.5), {share:F2} of the best forward throughput (goal ≥ 0.7), {Middle(rounds.Select(r => r.Ours)):F0} tokens/s, {peak.AddedBytes / 1e6:F0} MB");
    }

    private static double Middle(IEnumerable<double> values) => values.Order().ElementAt(1);

    private static string Model(string folder)
    {
        Directory.CreateDirectory(folder);
        var config = ModelConfig.Of(new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["vocab_size"] = 32000,
            ["hidden_size"] = 384,
            ["intermediate_size"] = 1024,
            ["num_hidden_layers"] = 8,
            ["num_attention_heads"] = 6,
            ["max_position_embeddings"] = MaxLength,
        }, "benchmark");
        using var model = ModelFactory.Create(config, 1, ScalarType.Float32, CPU);
        ModelFolder.Save(model, folder, ScalarType.Float32);
        TokenizerFolder.Copy(SharedData.Path("data", "tokenizers", "mistral-7b-v0.1"), folder);
        return folder;
    }

    // Real text, cut where so many tokens end; in an order of its own, as a corpus has it.
    private static int[] Texts(string folder, ITokenizer tokenizer)
    {
        Directory.CreateDirectory(folder);
        string english = string.Join("\n\n", TextFiles.Read(SharedData.Path("data", "corpora", "encyclopedia.train.jsonl")).Select(d => d.Text));
        int[] lengths = Lengths();
        int start = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            string text = english.Substring(start, Math.Min(lengths[i] * 8, english.Length - start));
            var ends = tokenizer.Encode(text);
            int wanted = Math.Min(lengths[i] - 1, ends.Count - 1); // the end-of-text token is the last
            text = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text), 0, ends.EndsExclusive[wanted - 1]).TrimEnd('\uFFFD');
            lengths[i] = tokenizer.Encode(text).Count + 1;
            File.WriteAllText(Path.Combine(folder, FormattableString.Invariant($"{i:D4}.txt")), text);
            start += text.Length;
        }

        return lengths;
    }

    private static int[] Lengths()
    {
        double sigma = Math.Sqrt(2 * Math.Log(1500.0 / 800));
        int[] lengths = [.. Enumerable.Range(0, Documents).Select(i => (int)Math.Clamp(800 * Math.Exp(sigma * Normal((i + 0.5) / Documents)), 16, MaxLength))];
        new Random(1).Shuffle(lengths);
        return lengths;
    }

    // The standard normal's quantile, by halving the interval of its distribution function (Simpson's rule on the density).
    private static double Normal(double probability)
    {
        double low = -6;
        double high = 6;
        while (high - low > 1e-6)
        {
            double middle = (low + high) / 2;
            const int Steps = 200;
            double width = (middle + 8) / Steps;
            double sum = Enumerable.Range(0, Steps + 1).Sum(s => (s is 0 or Steps ? 1 : s % 2 == 1 ? 4 : 2) * Math.Exp(-Math.Pow(-8 + (s * width), 2) / 2));
            (low, high) = sum * width / 3 / Math.Sqrt(2 * Math.PI) < probability ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    // Seconds of a document.
    private static double ReferenceSeconds(LanguageModel model)
    {
        const int Batches = 4;
        using var noGradient = no_grad();
        return Seconds(() =>
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
            double seconds = Seconds(() =>
            {
                using var scope = NewDisposeScope();
                _ = model.Network.Logits(Ids(batch));
            });
            best = Math.Max(best, batch * MaxLength / seconds);
        }

        return best;
    }

    private static Tensor Ids(int batch) => arange(batch * MaxLength, ScalarType.Int64).remainder(31000).view(batch, MaxLength);

    private static double Seconds(Action run)
    {
        var clock = Stopwatch.StartNew();
        run();
        return clock.Elapsed.TotalSeconds;
    }
}

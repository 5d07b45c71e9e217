using System.Diagnostics;
using System.Globalization;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Train;
using FuseSharp.Progress;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>A Llama of 1.1 billion weights on a graphics processor: reading with top 10, a fused training step, 64 continuations side by side; each beside Hugging Face's figure of the same run (gpu.py).</summary>
internal sealed class GpuBenchmark : IBenchmark
{
    private const int Length = 2048;
    private const int Sequences = 8;
    private const int K = 10;
    private const int Rounds = 4;
    private const int Prompts = 64;
    private const int NewTokens = 64;

    private static readonly BenchmarkLlama _llama = new(Vocabulary: 32000, Hidden: 2048, Inner: 5632, Layers: 22, Heads: 32, Length);

    public string Name => "gpu";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        if (!cuda.is_available())
        {
            Console.WriteLine("gpu: not measured, for no graphics processor is here (FUSESHARP_LIBTORCH=python takes PyTorch's libtorch)");
            return [];
        }

        var rivals = Rivals();
        var (read, trained, written) = (Read(), Train(), Write());
        string Line(string what, double ours, string key) => rivals.TryGetValue(key, out double rival)
            ? FormattableString.Invariant($"{what} {ours:N0} tokens/s, Hugging Face {rival:N0}: {ours / rival:F2}") : FormattableString.Invariant($"{what} {ours:N0} tokens/s, Hugging Face not here");
        Console.WriteLine(Line("reading with top 10", read, "read"));
        Console.WriteLine(Line("training step", trained, "train"));
        Console.WriteLine(Line("64 side by side", written, "generate"));
        return [.. new[] { ("reading with top 10", read, "read", 0.9), ("training step", trained, "train", 1.0), ("64 side by side", written, "generate", 0.8) }
            .Select(f => new Figure(f.Item1, f.Item2, "tokens/s", Goal.AtLeast(f.Item4), rivals.TryGetValue(f.Item3, out double rival) ? new("Hugging Face", rival) : null))];
    }

    private static double Read()
    {
        using var model = ModelFactory.Create(_llama.Config, 1, ScalarType.BFloat16, CUDA);
        var scorer = new SequenceScorer(model, _llama.Vocabulary, K);
        var random = new Random(1);
        int[][] texts = [.. Enumerable.Range(0, 4 * Sequences).Select(_ => Enumerable.Range(0, Length).Select(_ => random.Next(_llama.Vocabulary)).ToArray())];
        return Best(texts.Length * Length, () => scorer.Score(texts, null, CancellationToken.None));
    }

    private static double Train()
    {
        using var model = ModelFactory.Create(_llama.Config, 1, ScalarType.BFloat16, CUDA);
        var options = new TrainOptions { BatchSize = Sequences, Epochs = Rounds + 1, LearningRate = 1e-5, CheckpointEvery = 0, CheckpointMinutes = 0 };
        double best = 0;
        new Trainer(model, options, SilentProgress.Instance).Train(new BlocksInMemory((TrainBenchmarkModel.Large with { Vocabulary = _llama.Vocabulary, Length = Length }).Blocks(Sequences)), "benchmark", null,
            step => best = step.Step > 1 ? Math.Max(best, step.TokensPerSecond) : best, CancellationToken.None);
        return best;
    }

    private static double Write()
    {
        using var folder = new ScratchFolder();
        var tokenizer = TokenizerFolder.Load(folder.Write("tokenizer.gguf", TinyGguf.Build()));
        using var model = new LanguageModel("benchmark", folder.Path, ModelFactory.Create(_llama.Config, 1, ScalarType.BFloat16, CUDA), tokenizer);
        var random = new Random(3);
        (int, int[])[] prompts = [.. Enumerable.Range(0, Prompts).Select(i => (i, Enumerable.Range(0, 128).Select(_ => 3 + random.Next(tokenizer.Vocabulary.Count - 3)).ToArray()))];
        var generator = new TextGenerator(model, new GenerateOptions { Temperature = 0, MaxTokens = NewTokens });
        int written = 0;
        var clock = new Stopwatch();
        double best = 0;
        for (int round = 0; round < 2; round++)
        {
            written = 0;
            clock.Restart();
            generator.Generate(prompts, Prompts, (_, done) => written += done.Tokens.Count, CancellationToken.None);
            best = Math.Max(best, written / clock.Elapsed.TotalSeconds);
        }

        return best;
    }

    private static double Best(double tokens, Action work)
    {
        double best = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            work();
            best = Math.Max(best, tokens / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        return best;
    }

    // A process of its own, and over before ours begins: it takes the memory of the device.
    private static Dictionary<string, double> Rivals()
    {
        try
        {
            var start = new ProcessStartInfo("python3", [Path.Combine(AppContext.BaseDirectory, "gpu.py")]) { RedirectStandardOutput = true };
            using var python = Process.Start(start)!;
            string[] lines = python.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            python.WaitForExit();
            return lines.Select(l => l.Split(' ')).Where(p => p.Length == 2).ToDictionary(p => p[0], p => double.Parse(p[1], CultureInfo.InvariantCulture));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return [];
        }
    }
}

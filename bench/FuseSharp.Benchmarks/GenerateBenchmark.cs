using System.Diagnostics;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>Tokens/s of sixteen continuations side by side, as a multiple of the same ones written one by one in the same run; float32, greedy.</summary>
internal sealed class GenerateBenchmark : IBenchmark
{
    private const int Prompts = 16;
    private const int Rounds = 3;

    public string Name => "generate";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        using var folder = new ScratchFolder();
        var tokenizer = TokenizerFolder.Load(folder.Write("tokenizer.gguf", TinyGguf.Build()));
        using var model = new LanguageModel("benchmark", folder.Path, TrainBenchmarkModel.Large.Create(ScalarType.Float32), tokenizer);
        var random = new Random(3);
        (int, int[])[] prompts = [.. Enumerable.Range(0, Prompts).Select(i => (i, Enumerable.Range(0, 8 + random.Next(120)).Select(_ => 3 + random.Next(tokenizer.Vocabulary.Count - 3)).ToArray()))];
        Run(model, prompts[..2], 2); // warms up

        var alone = new List<double>();
        var together = new List<double>();
        int[][] expected = [];
        int[][] found = [];
        for (int round = 0; round < Rounds; round++)
        {
            (double rate, expected) = Run(model, prompts, 1);
            alone.Add(rate);
            (rate, found) = Run(model, prompts, Prompts);
            together.Add(rate);
            Console.WriteLine(FormattableString.Invariant($"one by one {alone[^1],8:F1} tokens/s   {Prompts} side by side {together[^1],8:F1} tokens/s"));
        }

        int same = expected.Zip(found).Count(p => p.First.SequenceEqual(p.Second));
        double gain = together.Zip(alone, (t, a) => t / a).Order().ElementAt(Rounds / 2);
        return [new("64 tokens of 16 prompts side by side", together.Order().ElementAt(Rounds / 2), "tokens/s", Goal.AtLeast(3), new("one by one", together.Order().ElementAt(Rounds / 2) / gain)), new("continuations that are the same", same, $"of {Prompts}", Goal.AtLeast(Prompts))];
    }

    private static (double Rate, int[][] Tokens) Run(LanguageModel model, (int Place, int[] Prompt)[] prompts, int batchSize)
    {
        int[][] tokens = new int[prompts.Length][];
        var clock = Stopwatch.StartNew();
        new TextGenerator(model, new GenerateOptions { Temperature = 0, MaxTokens = 64 })
            .Generate(prompts, batchSize, (place, done) => tokens[place] = [.. done.Tokens.Select(t => t.Id)], CancellationToken.None);
        return (tokens.Sum(t => t.Length) / clock.Elapsed.TotalSeconds, tokens);
    }
}

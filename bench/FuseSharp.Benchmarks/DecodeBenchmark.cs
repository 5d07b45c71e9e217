using System.Globalization;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>Tokens/s of a quantized GGUF file on one thread, ours against llama.cpp's in the same run: one text, and sixteen side by side. Reading the prompts is not timed.</summary>
/// <remarks>Seconds are those of the processor: what one thread's work takes whatever else the machine does.
/// Arguments: a file (default SmolLM2-135M in Q4_1, of the shared data), rounds, a build of llama.cpp (default the best that the processor runs).</remarks>
internal sealed class DecodeBenchmark : IBenchmark
{
    private const int SideBySide = 16;
    private const int Tokens = 64;
    private const int PromptTokens = 200;

    // Half of a line each: sixteen texts of different lengths, which a chat model goes on with for long.
    private const string Beginnings =
        """
        The history of the city begins with a small settlement on the river, where merchants
        In the morning the old man went down to the harbour and looked for
        Water is a compound of hydrogen and oxygen that
        Once upon a time there was a king who had three daughters, and the youngest of them, who was
        The theory of evolution explains how
        To make a good soup you need fresh vegetables, salt, pepper and a large pot. First
        The program reads a file line by line and
        During the winter of that year the army crossed the mountains, although the roads were covered with snow, and
        """;

    public string Name => "decode";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        string file = arguments.Length > 0 && arguments[0].Length > 0 ? arguments[0] : SharedData.Path("data", "models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        int rounds = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 5;
        set_num_threads(1);
        using var model = LanguageModel.Load("ours", file, ScalarType.Float32, CPU, keepsStored: arguments.Length <= 3);
        using var rival = new LlamaCppRival(file, SideBySide, 256, arguments.Length > 2 ? arguments[2] : null);
        string[] lines = Beginnings.ReplaceLineEndings("\n").Split('\n');
        int[][] prompts = [.. lines.Concat(lines.Select(l => l[..(l.Length * 2 / 3)])).Select(l => model.PromptIds(l))];
        Console.WriteLine(FormattableString.Invariant($"llama.cpp's build {rival.Build}; {get_num_threads()} thread; prompts of {prompts.Min(p => p.Length)} to {prompts.Max(p => p.Length)} tokens, {Tokens} tokens each"));
        double[] alone = Compare("one by one", model, rival, prompts[..1], rounds);
        double[] together = Compare($"{SideBySide} side by side", model, rival, prompts, rounds);
        int[] prompt = [.. Enumerable.Repeat(prompts, 8).SelectMany(p => p).SelectMany(p => p).Take(PromptTokens)];
        double[] reading = [.. Enumerable.Range(0, rounds).Select(_ => Reading(model, rival, prompt))];
        Console.WriteLine(FormattableString.Invariant($"a prompt of {PromptTokens} tokens is read at {reading.Order().ElementAt(rounds / 2):F2} of llama.cpp's tokens/s"));
        return
        [
            new("SmolLM2-135M in Q4_1, one text, one thread", alone[1], "tokens/s", Goal.AtLeast(0.9), new("llama.cpp", alone[1] / alone[0])),
            new($"{SideBySide} texts side by side", together[1], "tokens/s", Goal.AtLeast(1.5), new("llama.cpp", together[1] / together[0])),
        ];
    }

    private static double[] Compare(string what, LanguageModel model, LlamaCppRival rival, int[][] prompts, int rounds)
    {
        Ours(model, prompts, Tokens); // until the runtime has compiled what is hot
        Theirs(rival, prompts, 8);
        var ours = new List<double>();
        var ratios = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            var (own, ownTokens) = Ours(model, prompts, Tokens);
            var (other, otherTokens) = Theirs(rival, prompts, Tokens);
            ours.Add(own);
            ratios.Add(own / other);
            int same = ownTokens.Zip(otherTokens).Count(p => p.First.SequenceEqual(p.Second.Take(p.First.Length)));
            Console.WriteLine(FormattableString.Invariant($"{what}: ours {own,7:F1} tokens/s   llama.cpp {other,7:F1} tokens/s   {same} of {prompts.Length} texts the same"));
        }

        return [ratios.Order().ElementAt(rounds / 2), ours.Order().ElementAt(rounds / 2)];
    }

    private static double Reading(LanguageModel model, LlamaCppRival rival, int[] prompt)
    {
        using var noGradient = no_grad();
        using var reader = new PrefixReader(model);
        var started = Environment.CpuUsage.TotalTime;
        reader.Read(prompt).Dispose();
        var between = Environment.CpuUsage.TotalTime;
        rival.Begin([prompt]);
        return (Environment.CpuUsage.TotalTime - between) / (between - started);
    }

    private static (double Rate, int[][] Tokens) Ours(LanguageModel model, int[][] prompts, int tokens)
    {
        using var batch = new GenerationBatch(model);
        Generation[] texts = [.. prompts.Select(p => new Generation(model, p, new GenerateOptions { Temperature = 0, MaxTokens = tokens }))];
        foreach (var text in texts)
        {
            batch.Add([text]);
        }

        var started = Environment.CpuUsage.TotalTime;
        while (batch.Count > 0)
        {
            batch.Step();
        }

        return (texts.Sum(t => t.Tokens.Count - 1) / (Environment.CpuUsage.TotalTime - started).TotalSeconds, [.. texts.Select(t => t.Tokens.Select(g => g.Id).ToArray())]);
    }

    private static (double Rate, int[][] Tokens) Theirs(LlamaCppRival rival, int[][] prompts, int tokens)
    {
        int[] last = rival.Begin(prompts);
        List<int>[] written = [.. last.Select(t => new List<int> { t })];
        var started = Environment.CpuUsage.TotalTime;
        for (int step = 1; step < tokens; step++)
        {
            last = rival.Step(last, [.. prompts.Select(p => p.Length + step - 1)]);
            for (int i = 0; i < last.Length; i++)
            {
                written[i].Add(last[i]);
            }
        }

        return ((tokens - 1) * prompts.Length / (Environment.CpuUsage.TotalTime - started).TotalSeconds, [.. written.Select(w => w.ToArray())]);
    }
}

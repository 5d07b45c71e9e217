using System.Diagnostics;
using FuseSharp.Fusion.Align;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Benchmarks;

/// <summary>Dynamic time warping of the real goldens' documents; the Python reference took 4.5–4.9 s for one of 2048 tokens.</summary>
internal sealed class AlignBenchmark : IBenchmark
{
    private const int Long = 1900;

    public string Name => "align";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        var spellings = new TokenSpellings(
            TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "mistral-7b-v0.1")), TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "gpt-neox-20b")));
        var documents = FuseLlmGoldens.Lines("real", "represent.mpt_source.jsonl.gz").Zip(FuseLlmGoldens.Lines("real", "represent.llama_target.jsonl.gz"))
            .Select(d => (Source: d.First.Integers("input_ids"), Target: d.Second.Integers("input_ids"))).Where(d => d.Target.Length > Long).ToList();
        Warm(spellings, documents);
        var times = new List<double>();
        foreach (var (source, target) in documents)
        {
            var warper = new DtwAligner(spellings);
            double time = Median.ProcessorMillisecondsOf(10, () => warper.Warp(source, target));
            times.Add(time);
            Console.WriteLine(FormattableString.Invariant($"{source.Length} × {target.Length}: {time:F2} ms"));
        }

        double one = Throughput(spellings, documents, 1);
        double all = Throughput(spellings, documents, Environment.ProcessorCount);
        Console.WriteLine(FormattableString.Invariant($"documents a second: 1 thread {one:F0}, {Environment.ProcessorCount} threads {all:F0}, {all / one:F2} times as many"));
        Console.WriteLine(FormattableString.Invariant($"allocated a document: {Allocated(spellings, documents):N0} bytes"));
        times.Sort();
        return [new("warping of two 2,048-token documents, median, one thread", times[times.Count / 2], "ms", Goal.AtMost(3))];
    }

    private static void Warm(TokenSpellings spellings, List<(int[] Source, int[] Target)> documents)
    {
        var warper = new DtwAligner(spellings);
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < 2)
        {
            documents.ForEach(d => warper.Warp(d.Source, d.Target));
        }
    }

    private static double Throughput(TokenSpellings spellings, List<(int[] Source, int[] Target)> documents, int threads)
    {
        const int Rounds = 5;
        // Dealt out singly: neighbours differ much in cost.
        double milliseconds = Median.MillisecondsOf(3, () => Parallel.For(
            0, Rounds * documents.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, () => new DtwAligner(spellings),
            (i, _, warper) =>
            {
                warper.Warp(documents[i % documents.Count].Source, documents[i % documents.Count].Target);
                return warper;
            },
            _ => { }));
        return 1000 * Rounds * documents.Count / milliseconds;
    }

    private static double Allocated(TokenSpellings spellings, List<(int[] Source, int[] Target)> documents)
    {
        var warper = new DtwAligner(spellings);
        documents.ForEach(d => warper.Warp(d.Source, d.Target));
        long before = GC.GetAllocatedBytesForCurrentThread();
        documents.ForEach(d => warper.Warp(d.Source, d.Target));
        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / documents.Count;
    }
}

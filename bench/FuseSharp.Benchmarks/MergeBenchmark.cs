using System.Globalization;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;

namespace FuseSharp.Benchmarks;

/// <summary>Peak memory of merging two models, in tensors: multiples of their largest one in float32. Every method in a process of its own.</summary>
internal sealed class MergeBenchmark : IBenchmark
{
    private const string ChildArgument = "--child";
    private const int Vocabulary = 32000;
    private const int Hidden = 1024;
    private const double LargestBytes = 4.0 * Vocabulary * Hidden;

    // The words are "memory for two tensors"; small tensors, pieces and code come on top.

    public string Name => "merge";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        if (arguments is [ChildArgument, var root, var name])
        {
            Console.WriteLine(Measure(root, Enum.Parse<MergeMethod>(name)).ToString(CultureInfo.InvariantCulture));
            return [];
        }

        using var folder = new ScratchFolder();
        Llama(16, 64).Write(folder.At("small"), tokenizer: null);
        for (int seed = 0; seed < 3; seed++)
        {
            Llama(Hidden, Vocabulary).Write(folder.At(FormattableString.Invariant($"{seed}")), tokenizer: null, seed);
        }

        var peaks = Enum.GetValues<MergeMethod>().ToDictionary(m => m, m => double.Parse(PeakMemory.InChild(Name, ChildArgument, folder.Path, m.ToString())[^1], CultureInfo.InvariantCulture));
        foreach (var (method, peak) in peaks)
        {
            Console.WriteLine(FormattableString.Invariant($"{method}: peak {peak:F2} tensors of {LargestBytes / 1e6:F0} MB"));
        }

        double plain = new[] { MergeMethod.Linear, MergeMethod.Slerp, MergeMethod.TaskArithmetic }.Max(m => peaks[m]);
        return [new("tensors at the peak of linear, slerp and task_arithmetic", plain, "", Goal.AtMost(2.2)), new("of ties and dare, which need all changes", peaks.Values.Max(), "")];
    }

    private static double Measure(string root, MergeMethod method)
    {
        string At(string name) => Path.Combine(root, name);
        MergeOptions Options(string from, string first, string second) => new()
        {
            MergeMethod = method,
            BaseModel = At(from),
            Models = method == MergeMethod.Slerp ? [new MergedModel { Model = At(first) }] : [new MergedModel { Model = At(first) }, new MergedModel { Model = At(second) }],
            Parameters = new MergeParameters { T = 0.4, Density = 0.5 },
        };

        // Compiled code and threads are there from now on.
        MergeStage.Run(Options("small", "small/.", "small/./."), At($"{method}-small"), StageContext.Silent);
        var peak = new PeakMemory();
        MergeStage.Run(Options("0", "1", "2"), At($"{method}"), StageContext.Silent);
        Directory.Delete(At($"{method}"), recursive: true);
        return peak.AddedBytes / LargestBytes;
    }

    private static BenchmarkLlama Llama(int hidden, int vocabulary) => new(vocabulary, hidden, Inner: 3 * hidden, Layers: 2, Heads: 4, Length: 128);
}

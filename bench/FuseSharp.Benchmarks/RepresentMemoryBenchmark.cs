using System.Globalization;
using FuseSharp.Fusion.Split;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using TorchSharp;

namespace FuseSharp.Benchmarks;

/// <summary>Peak memory of splitting and representing a corpus, and of one with ten times the documents: each in a process of its own, with a model of the demo.</summary>
internal sealed class RepresentMemoryBenchmark : IBenchmark
{
    private const string ChildArgument = "--child";
    private const int DefaultDocuments = 400;

    public string Name => "represent-memory";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        if (arguments is [ChildArgument, var root, var corpus])
        {
            Console.WriteLine(Measure(root, corpus).ToString(CultureInfo.InvariantCulture));
            return [];
        }

        int documents = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : DefaultDocuments;
        using var folder = new ScratchFolder();
        double[] peaks = new double[2];
        foreach (var (name, count, i) in new[] { ("once", documents, 0), ("tenfold", 10 * documents, 1) })
        {
            TinyCorpus.Write(folder.At(name), [.. Enumerable.Range(0, count).Select(d => 500 + (d * 37 % 1000))]);
            peaks[i] = double.Parse(PeakMemory.InChild(Name, ChildArgument, folder.Path, name)[^1], CultureInfo.InvariantCulture);
            Console.WriteLine(FormattableString.Invariant($"{count,6} documents: peak {peaks[i] / 1e6:F0} MB"));
        }

        return [new("peak memory of represent with 10 times the documents", peaks[1] / 1e6, "MB", Goal.AtMost(1.05), new("once the documents", peaks[0] / 1e6))];
    }

    // The whole process's peak: everything counts.
    private static long Measure(string root, string name)
    {
        string At(string part) => Path.Combine(root, part);
        string output = At(Guid.NewGuid().ToString("N"));
        var texts = new Dictionary<string, TextEntry> { ["text"] = new() { Train = At(name) } };
        SplitStage.Run(texts, [TokenizerFolder.Load(TinyCorpus.Tokenizer)], new SplitOptions { MaxLength = 512, DocumentsPerShard = 100 }, Path.Combine(output, "split"), StageContext.Silent);
        RepresentStage.Run(TinyCorpus.Tokenizer, torch.CPU, Path.Combine(output, "split"), 512, new RepresentOptions { Precision = Precision.Float32 }, Path.Combine(output, "represent"), StageContext.Silent);
        return PeakMemory.OfProcess;
    }
}

using System.Globalization;
using System.Text.Json;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Pack;
using FuseSharp.Fusion.Records;
using FuseSharp.Fusion.Split;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Benchmarks;

/// <summary>The data stages, from texts to packed blocks, over corpora of 10, 100 and 1,000 MB: MB/s that stay, and memory that does not grow.</summary>
/// <remarks>
/// Real English, taken again and again, each document with a number of its own. The models are spared: a stand-in names the true next token and those around it, so the rows have the shapes of real ones,
/// with two candidates, for the disk's sake (1,000 MB of text take some 30 GB of it). Each size in a process of its own, whose whole peak counts. Arguments: sizes in MB.
/// </remarks>
internal sealed class CorpusBenchmark : IBenchmark
{
    private const int MaxLength = 2048;
    private const int TopK = 2;

    private static readonly int[] _sizes = [10, 100, 1000];

    public string Name => "corpus";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        if (arguments is [PeakMemory.ChildArgument, var corpus])
        {
            Measure(corpus);
            return [];
        }

        int[] sizes = arguments.Length > 0 ? [.. arguments.Select(a => int.Parse(a, CultureInfo.InvariantCulture))] : _sizes;
        var measured = new List<(double Rate, double Peak)>();
        Console.WriteLine("    MB    split   represent ×2    align     pack      all (MB/s)   MB per second of processor time   peak MB");
        foreach (int size in sizes)
        {
            using var folder = new ScratchFolder();
            double megabytes = Write(folder.At("corpus.jsonl"), size);
            double[] numbers = [.. PeakMemory.InChild(Name, PeakMemory.ChildArgument, folder.At("corpus.jsonl"))[^1].Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
            double[] stages = numbers[..^2];
            double rate = megabytes / numbers[^2]; // whatever else the machine does
            Console.WriteLine(FormattableString.Invariant($"{size,6} {string.Join("", stages.Select(s => FormattableString.Invariant($"{megabytes / s,9:F2}")))} {megabytes / stages.Sum(),12:F2} {rate,22:F2} {numbers[^1] / 1e6,22:F0}"));
            measured.Add((rate, numbers[^1]));
        }

        return
        [
            new($"split to pack of {sizes[^1]} MB, two models", measured[^1].Rate, "MB a second of processor time", Goal.AtLeast(0.9), new($"of {sizes[0]} MB", measured[0].Rate)),
            new("peak memory", measured[^1].Peak / 1e6, "MB", Goal.AtMost(1.5), new($"that of {sizes[0]} MB", measured[0].Peak / 1e6)),
        ];
    }

    // MB of text, which is a little less than that of the file.
    private static double Write(string file, int megabytes)
    {
        string[] documents = [.. Directory.EnumerateFiles(SharedData.Path("data", "corpora"), "*.train.jsonl").Order(StringComparer.Ordinal).SelectMany(f => TextFiles.Read(f)).Select(d => d.Text)];
        using var writer = new StreamWriter(file);
        long bytes = 0;
        for (int i = 0; bytes < megabytes * 1_000_000L; i++)
        {
            string text = FormattableString.Invariant($"{i}. {documents[i % documents.Length]}");
            writer.WriteLine(JsonSerializer.Serialize(new { text }));
            bytes += System.Text.Encoding.UTF8.GetByteCount(text);
        }

        return bytes / 1e6;
    }

    // Seconds of the stages, those of the processor in all, and the process's peak in bytes.
    private static void Measure(string corpus)
    {
        string root = Path.GetDirectoryName(corpus)!;
        string At(string name) => Path.Combine(root, name);
        var (target, source) = (TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "mistral-7b-v0.1")), TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "gpt-neox-20b")));
        var texts = new Dictionary<string, TextEntry> { ["text"] = new() { Train = corpus } };
        var context = StageContext.Silent;
        var before = Environment.CpuUsage.TotalTime;
        double split = Median.SecondsOfOne(() => SplitStage.Run(texts, [target, source], new SplitOptions { MaxLength = MaxLength }, At("split"), context));
        double represent = Median.SecondsOfOne(() => Represent("target", target, At("split"), At("target"))) + Median.SecondsOfOne(() => Represent("source", source, At("split"), At("source")));
        double align = Median.SecondsOfOne(() => AlignStage.Run(target, source, "source", At("target"), At("source"), new AlignOptions(), null, At("aligned"), context));
        double pack = Median.SecondsOfOne(() => PackStage.Run(At("target"), [("source", At("source"), At("aligned"))], MaxLength, new PackOptions(), At("packed"), context));
        Console.WriteLine(FormattableString.Invariant($"{split} {represent} {align} {pack} {(Environment.CpuUsage.TotalTime - before).TotalSeconds} {PeakMemory.OfProcess}"));
    }

    private static void Represent(string name, ITokenizer tokenizer, string texts, string output)
    {
        var key = StageKey.Create("represent", 1, new { name }, [("texts", Manifest.Read(texts).Key), ("tokenizer", tokenizer.Fingerprint)]);
        new RepresentWork(name, new PieceEncoder(tokenizer, null), null, texts, MaxLength, TopK).Make(output, key, StageContext.Silent, _ => new StandInScorer(tokenizer.Vocabulary.Count, TopK));
    }
}

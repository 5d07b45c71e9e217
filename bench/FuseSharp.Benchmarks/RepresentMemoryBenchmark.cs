using System.Globalization;
using System.Text.Json.Nodes;
using FuseSharp.Core.Progress;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Split;
using FuseSharp.Core.Tokenizers;
using FuseSharp.Testing;
using FuseSharp.Torch.Models;
using FuseSharp.Torch.Represent;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>Peak memory of splitting and representing a corpus, and of one with ten times the documents: each in a process of its own, a model of one small block.</summary>
internal sealed class RepresentMemoryBenchmark : IBenchmark
{
    private const string ChildArgument = "--child";
    private const int DefaultDocuments = 250;

    public string Name => "represent-memory";

    public string Run(string[] arguments)
    {
        if (arguments is [ChildArgument, var root, var corpus])
        {
            return Measure(root, corpus).ToString(CultureInfo.InvariantCulture);
        }

        int documents = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : DefaultDocuments;
        using var folder = new ScratchFolder();
        Model(folder.At("model"));
        double[] peaks = new double[2];
        foreach (var (name, count, i) in new[] { ("once", documents, 0), ("tenfold", 10 * documents, 1) })
        {
            TinyCorpus.Write(folder.At(name), [.. Enumerable.Range(0, count).Select(d => 500 + (d * 37 % 1000))]);
            peaks[i] = double.Parse(PeakMemory.InChild(Name, ChildArgument, folder.Path, name)[^1], CultureInfo.InvariantCulture);
            Console.WriteLine(FormattableString.Invariant($"{count,6} documents: peak {peaks[i] / 1e6:F0} MB"));
        }

        return FormattableString.Invariant($"represent-memory: {peaks[1] / peaks[0]:F3} times the peak for 10 times the documents (goal at most 1.05)");
    }

    private static void Model(string folder)
    {
        Directory.CreateDirectory(folder);
        var config = ModelConfig.Of(new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["vocab_size"] = 2048,
            ["hidden_size"] = 32,
            ["intermediate_size"] = 64,
            ["num_hidden_layers"] = 1,
            ["num_attention_heads"] = 2,
            ["max_position_embeddings"] = 2048,
        }, "benchmark");
        using var model = ModelFactory.Create(config, 1, ScalarType.Float32, CPU);
        ModelFolder.Save(model, folder, ScalarType.Float32);
        TokenizerFolder.Copy(TinyCorpus.Tokenizer, folder);
    }

    // The whole process's peak: everything counts.
    private static long Measure(string root, string name)
    {
        string At(string part) => Path.Combine(root, part);
        string output = At(Guid.NewGuid().ToString("N"));
        var texts = new Dictionary<string, TextEntry> { ["text"] = new() { Train = At(name) } };
        SplitStage.Run(texts, [TokenizerFolder.Load(At("model"))], new SplitOptions { DocumentsPerShard = 100 }, Path.Combine(output, "split"), SilentProgress.Instance, CancellationToken.None);
        RepresentStage.Run(At("model"), CPU, Path.Combine(output, "split"), 2048, new RepresentOptions { Precision = Precision.Float32 }, Path.Combine(output, "represent"), SilentProgress.Instance, CancellationToken.None);
        Console.Error.WriteLine($"heap {GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes / 1e6:F0} MB committed, {GC.GetTotalMemory(false) / 1e6:F0} used, gen2 {GC.CollectionCount(2)}, gen1 {GC.CollectionCount(1)}, gen0 {GC.CollectionCount(0)}");
        return PeakMemory.OfProcess;
    }
}

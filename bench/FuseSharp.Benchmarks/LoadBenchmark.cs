using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>What loading a checkpoint of 1 GB adds to the process's peak memory, for each size in the working type. An argument names another size in MB.</summary>
/// <remarks>Linux only: the kernel's own peak (VmHWM of /proc/self/status), set back before each load.</remarks>
internal sealed class LoadBenchmark : IBenchmark
{
    private const string ChildArgument = "--child";

    public string Name => "load";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        if (arguments is [ChildArgument, var path, var warm, var name])
        {
            Console.WriteLine(LoadHere(path, warm, Enum.Parse<ScalarType>(name)).ToString(CultureInfo.InvariantCulture));
            return [];
        }

        int megabytes = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1000;
        using var folder = new ScratchFolder();
        using var warmUp = new ScratchFolder();
        Write(warmUp, 0);
        Write(folder, megabytes);
        double worst = 0;
        foreach (var type in new[] { ScalarType.BFloat16, ScalarType.Float32 })
        {
            // A process of its own: memory that an earlier model left with the allocator would be used again and not count.
            string[] lines = PeakMemory.InChild(Name, ChildArgument, folder.Path, warmUp.Path, type.ToString());
            Console.WriteLine(lines[0]);
            worst = Math.Max(worst, double.Parse(lines[^1], CultureInfo.InvariantCulture));
        }

        return [new("peak memory of loading a checkpoint, the higher of two types, by its weights' size", worst, "", Goal.AtMost(1.15))];
    }

    private static void Write(ScratchFolder folder, int megabytes)
    {
        const int Hidden = 2048;
        long layer = 12L * Hidden * Hidden * 4;
        File.WriteAllText(folder.At("config.json"), new JsonObject
        {
            ["architectures"] = new JsonArray("GPT2LMHeadModel"),
            ["vocab_size"] = megabytes == 0 ? 10 : 32000,
            ["n_embd"] = Hidden,
            ["n_head"] = 16,
            ["n_layer"] = megabytes == 0 ? 1 : Math.Max(1, ((megabytes * 1_000_000L) - (32000L * Hidden * 4)) / layer),
            ["n_positions"] = 1024,
        }.ToJsonString());
        using var model = ModelFactory.Create(ModelConfig.Read(folder.Path), 1, ScalarType.Float32, CPU);
        ModelFolder.Save(model, folder.Path, ScalarType.Float32);
    }

    private static double LoadHere(string path, string warm, ScalarType type)
    {
        var small = ModelFolder.Load(warm, type, CPU); // compiled code and threads are there from now on; kept, so that its memory is not reused
        var peak = new PeakMemory();
        var clock = Stopwatch.StartNew();
        using var model = ModelFolder.Load(path, type, CPU);
        double seconds = clock.Elapsed.TotalSeconds;
        long size = model.parameters().Sum(p => p.numel() * p.element_size());
        double ratio = (double)peak.AddedBytes / size;
        Console.WriteLine(FormattableString.Invariant($"float32 file as {type}: {size / 1e6:F0} MB of weights, peak {ratio:F3} of them, {seconds:F1} s"));
        small.Dispose();
        return ratio;
    }
}

using System.Diagnostics;
using System.Globalization;
using FuseSharp.EndToEnd.Tests.Serve;
using FuseSharp.Models;
using FuseSharp.Serve;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>A server under 64 clients, of whom a third hang up and others ask for NaN, send what is no JSON, or far too much. An argument names another number of requests than 10,000.</summary>
/// <remarks>The server is a process of its own, so that its memory, threads and descriptors are not the clients'. Linux only: the kernel's own figures.</remarks>
internal sealed class ServeLoadBenchmark : IBenchmark
{
    private const int Clients = 64;
    private const int WarmUp = 10_000;
    private const int Requests = 10_000;

    public string Name => "serve-load";

    public IReadOnlyList<Figure> Run(string[] arguments) => arguments is [PeakMemory.ChildArgument]
        ? ServeHere()
        : RunAsync(arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : Requests).GetAwaiter().GetResult();

    private async Task<IReadOnlyList<Figure>> RunAsync(int requests)
    {
        using var server = PeakMemory.StartChild(Name, PeakMemory.ChildArgument);
        var address = new Uri((await server.StandardOutput.ReadLineAsync())!);
        var warm = new ServerLoad(address);
        await warm.LearnAsync(CancellationToken.None);
        await warm.RunAsync(Clients, WarmUp, seed: 1, CancellationToken.None);
        var before = await FiguresOfAsync(server);
        Console.WriteLine($"before: {before}");

        var load = new ServerLoad(address);
        await load.LearnAsync(CancellationToken.None);
        var clock = Stopwatch.StartNew();
        await load.RunAsync(Clients, requests, seed: 2, CancellationToken.None);
        double seconds = clock.Elapsed.TotalSeconds;
        var after = await FiguresOfAsync(server);
        Console.WriteLine($"after:  {after}");
        foreach (string fault in load.Errors.Take(20))
        {
            Console.WriteLine($"  {fault}");
        }

        Console.WriteLine(FormattableString.Invariant($"{requests} requests in {seconds:F0} s; {load.Compared} healthy answers as alone; {load.HealthChecks} of /health answered, the slowest after {load.SlowestHealth.TotalMilliseconds:F0} ms"));
        server.StandardInput.Close();
        clock.Restart();
        await server.WaitForExitAsync();
        Console.WriteLine(FormattableString.Invariant($"ended {clock.Elapsed.TotalSeconds:F1} s after it was told to"));
        return [
            new($"faults in {requests} requests", load.Errors.Count, "", Goal.AtMost(0)), new("memory that stayed", (after.Bytes - before.Bytes) / 1e6, "MB", Goal.AtMost(30)),
            new("threads that stayed", after.Threads - before.Threads, "", Goal.AtMost(2)), new("descriptors that stayed", after.Descriptors - before.Descriptors, "", Goal.AtMost(0)),
        ];
    }

    // What it really holds: garbage that nobody has collected yet moved the figure by 60 MB in either direction.
    private static async Task<ProcessFigures> FiguresOfAsync(Process server)
    {
        await ProcessFigures.IdleAsync();
        await server.StandardInput.WriteLineAsync();
        await server.StandardOutput.ReadLineAsync();
        return ProcessFigures.Read(server.Id);
    }

    // Until its input ends; a line asks it to collect its garbage.
    private static IReadOnlyList<Figure> ServeHere()
    {
        using var folder = new ScratchFolder();
        using var model = LanguageModel.Load("tiny", folder.Write("tiny.gguf", TinyGguf.Build('c')), ScalarType.Float32, CPU);
        folder.Write("tokenizer_config.json", """{"chat_template": "{% for m in messages %}{{ m.content }} {% endfor %}b"}"""u8.ToArray());
        var server = new ModelServer(model, ChatTemplate.Find(folder.Path), new ServeOptions { ModelName = "tiny", Port = 0 }, TimeProvider.System);
        Console.WriteLine(server.StartAsync(CancellationToken.None).GetAwaiter().GetResult());
        while (Console.In.ReadLine() is not null)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            Console.WriteLine();
        }

        server.StopAsync().GetAwaiter().GetResult();
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return [];
    }
}

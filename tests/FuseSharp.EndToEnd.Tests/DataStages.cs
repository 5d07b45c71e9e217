using System.Text;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A target and a source of some kilobytes, 60 short texts, and the commands of the four data stages over them.</summary>
internal sealed class DataStages : IDisposable
{
    private readonly ScratchFolder _folder = new();

    /// <summary>Writes models and texts.</summary>
    /// <param name="poisoned">A letter for which the source gives NaN.</param>
    public DataStages(char? poisoned = null)
    {
        _folder.Write("target.gguf", TinyGguf.Build());
        _folder.Write("source.gguf", TinyGguf.Build(poisoned));
        var random = new Random(5);
        _folder.Write("texts.jsonl", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 60).Select(i =>
            $"{{\"text\":\"{string.Concat(Enumerable.Range(0, 3 + random.Next(20)).Select(_ => " ab"[random.Next(3)]))}x{(i % 10 == 3 ? "c" : "")}\"}}\n"))));
    }

    /// <summary>The data stages in order, each with its output folder.</summary>
    public static string[] Stages { get; } = ["split", "represent target", "represent source", "align", "pack"];

    public string At(string name) => _folder.At(name);

    /// <summary>Where a stage of a run writes.</summary>
    public string Output(string run, string stage) => _folder.At(Path.Combine(run, stage.Replace(' ', '-')));

    /// <summary>The command of a stage: reads what the earlier stages of <paramref name="inputs"/> wrote, writes into <paramref name="run"/>.</summary>
    public string[] Command(string stage, string inputs, string run, params string[] options)
    {
        string Input(string earlier) => Output(inputs, earlier);
        string[] command = stage switch
        {
            "split" => ["split", "--models", At("target.gguf"), At("source.gguf"), "--texts", $"t={At("texts.jsonl")}", "--validation", $"t={At("texts.jsonl")}", "--set", "split.max_length=80", "--set", "split.documents_per_shard=5"],
            "represent target" => ["represent", "--model", At("target.gguf"), "--texts", Input("split"), "--set", "represent.precision=float32"],
            "represent source" => ["represent", "--model", At("source.gguf"), "--texts", Input("split"), "--target", At("target.gguf"), "--set", "represent.precision=float32"],
            "align" => ["align", "--target", At("target.gguf"), "--source", At("source.gguf"), "--target-represented", Input("represent target"), "--source-represented", Input("represent source")],
            _ => ["pack", "--target-represented", Input("represent target"), "--source-represented", Input("represent source"), "--aligned", Input("align"), "--set", "pack.group_size=7"],
        };
        return [.. command, "--output", Output(run, stage), .. options];
    }

    /// <summary>Runs all stages here.</summary>
    public async Task RunAsync(string run, params string[] options)
    {
        foreach (string stage in Stages)
        {
            await CommandRun.SucceedAsync(Command(stage, run, run, options));
        }
    }

    /// <summary>Every file below a folder with its bytes; what it took to make them is never the same twice.</summary>
    public static SortedDictionary<string, string> Files(string folder)
        => new(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != StageCost.FileName)
            .ToDictionary(f => Path.GetRelativePath(folder, f), f => Convert.ToHexString(File.ReadAllBytes(f))), StringComparer.Ordinal);

    public void Dispose() => _folder.Dispose();
}

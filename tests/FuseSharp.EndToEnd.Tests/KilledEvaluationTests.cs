using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Benchmarks whose process is killed again and again end with the samples of a run that was left alone.</summary>
public sealed class KilledEvaluationTests
{
    private const int Questions = 24;

    [Fact]
    public void Evaluate_KilledAtAnyMoment_GoesOnBehindTheLastAnswer()
    {
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder.At("data")); // of its own: a file in a folder of inputs is not replaced, and a kill may come after the last answer
        File.WriteAllLines(folder.At("data/rows.jsonl"), Enumerable.Range(0, Questions).Select(i => $$"""{"q":"The reader returns {{i}}","a":"null"}"""));
        File.WriteAllText(folder.At("own.yaml"), "name: own\nkind: generate\nscoring: exact\ndata: [rows.jsonl]\nprompt: '{q}'\nanswers: ['{a}']\nmax_tokens: 24\ntemperature: 0.8\n");
        string[] Arguments(string samples)
            => ["evaluate", TinyFusion.Model("data"), "--tasks", folder.At("own.yaml"), "--data", folder.At("data"), "--precision", "float32", "--batch-size", "2", "--samples", folder.At(samples)];
        var random = new Random(11);

        Assert.True(KillableProcess.Run(Arguments("alone.json"), () => false));
        int kills = KillableProcess.RunToTheEnd(Arguments("killed.json"), k => KillableProcess.HasWritten(folder.At("killed.json.journal"), 1 + (Questions * (k + 1) / 4), random));

        Assert.InRange(kills, 1, 19);
        Assert.Equal(File.ReadAllText(folder.At("alone.json")), File.ReadAllText(folder.At("killed.json")));
        Assert.False(File.Exists(folder.At("killed.json.journal")));
    }
}

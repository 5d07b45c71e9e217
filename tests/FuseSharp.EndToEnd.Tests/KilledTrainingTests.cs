using System.Diagnostics;
using FuseSharp.Cli;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A training whose process is killed again and again ends with the weights of one that was left alone, bit for bit.</summary>
public sealed class KilledTrainingTests
{
    private const int Steps = 24;

    [Fact]
    public void Pretrain_KilledAtAnyMoment_EndsWithTheSameWeights()
    {
        using var training = new TinyPretraining();
        string[] Arguments(string output) => training.Command(output, "--micro-batch-size", "1", "--precision", "bfloat16");

        Assert.Equal(0, Start(Arguments("alone"), _ => false));
        int kills = 0;
        var random = new Random(7);
        while (Start(Arguments("killed"), HasPassed(training.At("killed.partial"), Steps * (kills + 1) / 4, random)) != 0)
        {
            Assert.True(++kills < 20, "it gets nowhere");
        }

        Assert.InRange(kills, 1, 19);
        Assert.Equal(File.ReadAllBytes(training.At(Path.Combine("alone", "model.safetensors"))), File.ReadAllBytes(training.At(Path.Combine("killed", "model.safetensors"))));
        string[] Losses(string output) => [.. File.ReadLines(training.At(Path.Combine(output, "log.jsonl"))).Select(l => l[..l.IndexOf("tokens_per_second", StringComparison.Ordinal)])];
        Assert.Equal(Losses("alone"), Losses("killed"));
        Assert.InRange(Losses("killed").Length, Steps, 2 * Steps);
    }

    // True from a number of logged steps on, at a moment that a seed chooses: within a step, a checkpoint or a removal.
    private static Func<Process, bool> HasPassed(string partial, int steps, Random random)
    {
        int further = random.Next(30);
        int seen = 0;
        return _ =>
        {
            string log = Path.Combine(partial, "log.jsonl");
            return File.Exists(log) && CountLines(log) >= steps && ++seen > further;
        };
    }

    private static int CountLines(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        int lines = 0;
        while (reader.ReadLine() is not null)
        {
            lines++;
        }

        return lines;
    }

    private static int Start(string[] arguments, Func<Process, bool> mustDie)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        while (!process.WaitForExit(1))
        {
            if (mustDie(process))
            {
                process.Kill();
                process.WaitForExit();
                return -1;
            }
        }

        Assert.True(process.ExitCode == 0, errors.Result + output.Result);
        return process.ExitCode;
    }
}

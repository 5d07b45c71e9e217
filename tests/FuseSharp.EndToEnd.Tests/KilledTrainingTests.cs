using System.Diagnostics;
using System.Globalization;
using FuseSharp.Cli;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A training whose process is killed again and again ends with the weights of one that was left alone, bit for bit.</summary>
public sealed class KilledTrainingTests
{
    private const int Steps = 24;

    [Fact]
    public void Pretrain_KilledAtAnyMoment_EndsWithTheSameWeights()
    {
        using var folder = new ScratchFolder();
        string tokenizer = Path.Combine(RepositoryRoot(), "assets", "models", "data");
        File.WriteAllText(folder.At("config.json"), """
            {"architectures": ["LlamaForCausalLM"], "vocab_size": 3072, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64, "tie_word_embeddings": true, "torch_dtype": "float32"}
            """);
        WriteTexts(folder);
        string[] Arguments(string output) =>
        [
            "pretrain", "--config", folder.At("config.json"), "--tokenizer", tokenizer, "--texts", folder.At("texts"), "--block-length", "64", "--batch-size", "2",
            "--micro-batch-size", "1", "--learning-rate", "0.01", "--checkpoint-every", "2", "--precision", "bfloat16", "--output", folder.At(output),
        ];

        Assert.Equal(0, Start(Arguments("alone"), _ => false));
        int kills = 0;
        var random = new Random(7);
        while (Start(Arguments("killed"), HasPassed(folder.At("killed.partial"), Steps * (kills + 1) / 4, random)) != 0)
        {
            Assert.True(++kills < 20, "it gets nowhere");
        }

        Assert.InRange(kills, 1, 19);
        Assert.Equal(File.ReadAllBytes(folder.At(Path.Combine("alone", "model.safetensors"))), File.ReadAllBytes(folder.At(Path.Combine("killed", "model.safetensors"))));
        string[] Losses(string output) => [.. File.ReadLines(folder.At(Path.Combine(output, "log.jsonl"))).Select(l => l[..l.IndexOf("tokens_per_second", StringComparison.Ordinal)])];
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

    private static void WriteTexts(ScratchFolder folder)
    {
        Directory.CreateDirectory(folder.At("texts"));
        var random = new Random(1);
        string[] words = ["reads", "a", "row", "table", "column", "value", "returns", "the", "name", "of"];
        for (int i = 0; i < 48; i++)
        {
            string text = string.Join(' ', Enumerable.Range(0, 62).Select(_ => words[random.Next(words.Length)]));
            File.WriteAllText(folder.At(Path.Combine("texts", i.ToString("D3", CultureInfo.InvariantCulture) + ".txt")), text);
        }
    }

    private static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FuseSharp.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The repository is not above the tests.");
    }
}

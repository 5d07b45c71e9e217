using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Every command that a page shows in a block of its own is run, in the order of the page, as a newcomer would type it.</summary>
/// <remarks>The demo's models stand in for those that a page names. What costs a graphics processor, a judge or hours is replaced by less; nothing is left out in silence.</remarks>
public sealed partial class DocumentCommandTests : IDisposable
{
    // What stands for what: the rest of a command is run as it is shown.
    private static readonly (string Shown, string Run)[] _replacements =
    [
        ("--device cuda", "--device cpu"),
        ("--limit 100", "--limit 1 --set max_tokens=8"),
        ("--data benchmarks", "--data benchmarks --limit 1"),
        ("--limit 1 --limit 1", "--limit 1"),
        ("--ranks 8 --memory 80", "--ranks 8 --memory 80 --flops 1e13"),
    ];

    // The only commands that are not run here, with the reason.
    private static readonly Dictionary<string, string> _elsewhere = new(StringComparer.Ordinal)
    {
        ["demo"] = "three minutes; the tiny fusion of FusionRunTests is the same command with less text",
        ["verify runs/fusellm-7b/02-represent"] = "needs the output of jobs on eight machines; checked by DurableStagesTests",
    };

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Readme_EveryCommandInABlock_Runs()
    {
        PrepareModelsAndTexts();
        File.WriteAllText(_folder.At("mine.yaml"), Blocks("README.md", "yaml").Single(b => b.StartsWith("output:", StringComparison.Ordinal)));

        string[] commands = [.. Commands("README.md")];

        Assert.Contains("run mine.yaml --device cuda", commands);
        foreach (string command in commands)
        {
            await RunAsync(command);
        }

        Assert.True(File.Exists(_folder.At("runs/mine/report.html")));
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(SharedData), SkipWhen = nameof(SharedData.IsMissing))]
    public async Task Benchmarks_EveryCommandInABlock_Runs()
    {
        foreach (var (name, model) in new[] { ("MODEL", "web"), ("A", "web"), ("B", "data") })
        {
            ModelCopy.Make(DemoModels.Path(model), _folder.At(name));
        }

        Directory.CreateSymbolicLink(_folder.At("benchmarks"), MadeUpBenchmarks());
        string[] commands = [.. Commands("docs/benchmarks.md")];

        Assert.NotEmpty(commands);
        foreach (string command in commands.Select(c => OperatingSystem.IsLinux() && File.Exists("/usr/bin/bwrap") ? c : c.Replace(",humaneval", "", StringComparison.Ordinal)))
        {
            await RunAsync(command);
        }
    }

    [Fact]
    public async Task ManyMachines_EveryCommandInABlock_Runs()
    {
        PrepareModelsAndTexts();
        Directory.CreateDirectory(_folder.At("recipes"));
        File.Copy(Path.Combine(GoldenFile.Repository, "recipes", "fusellm-7b.yaml"), _folder.At("recipes/fusellm-7b.yaml"));
        // The stand-ins read at most 512 tokens.
        File.WriteAllText(_folder.At("recipes/fusellm-7b.yaml"), File.ReadAllText(_folder.At("recipes/fusellm-7b.yaml")).Replace("max_length: 2048", "max_length: 512", StringComparison.Ordinal));

        string[] commands = [.. Commands("docs/many-machines.md").Select(c => c.Replace("run recipes/fusellm-7b.yaml", "check recipes/fusellm-7b.yaml", StringComparison.Ordinal))];

        Assert.Contains("check recipes/fusellm-7b.yaml", commands);
        foreach (string command in commands)
        {
            await RunAsync(command);
        }
    }

    [Theory]
    [InlineData("demo.yaml")]
    [InlineData("clm.yaml")]
    [InlineData("distillation.yaml")]
    public async Task Recipes_OfTheRepository_PassTheCheck(string recipe)
    {
        string file = Path.Combine(GoldenFile.Repository, "recipes", recipe);
        string[] standIns = recipe == "distillation.yaml" ? ["--set", $"target={Student()}"] : [];

        Assert.Contains("The recipe is in order.", await CommandRun.SucceedAsync(["check", file, .. standIns]), StringComparison.Ordinal);
    }

    // What the command shown at the top of recipes/distillation.yaml pretrains.
    private string Student() => ModelCopy.Make(DemoModels.Path("data"), _folder.At("student"));

    private void PrepareModelsAndTexts()
    {
        foreach (var (name, model) in new[] { ("Llama-2-7b-hf", "security"), ("open_llama_7b_v2", "data"), ("mpt-7b", "web") })
        {
            ModelCopy.Make(DemoModels.Path(model), Directory.CreateDirectory(_folder.At("models")).FullName + "/" + name);
        }

        string[] texts = [.. SdkDocumentation.Read("data").Select(d => d.Text).Take(60)];
        Directory.CreateDirectory(_folder.At("texts/prose"));
        Directory.CreateDirectory(_folder.At("texts/minipile"));
        string lines = string.Concat(texts.Select(t => JsonSerializer.Serialize(new { text = t }) + "\n"));
        File.WriteAllText(_folder.At("texts/code.jsonl"), lines);
        File.WriteAllText(_folder.At("texts/minipile/train.jsonl"), lines);
        File.WriteAllText(_folder.At("texts/minipile/validation.jsonl"), lines);
        File.WriteAllText(_folder.At("texts/minipile/test.jsonl"), lines);
        foreach (var (i, text) in SdkDocumentation.Read("web").Select(d => d.Text).Take(60).Index())
        {
            File.WriteAllText(_folder.At($"texts/prose/{i:D3}.txt"), text);
        }
    }

    // bbh and HumanEval are real; ARC in its own format.
    private string MadeUpBenchmarks()
    {
        Directory.CreateDirectory(_folder.At("data/arc_easy"));
        Directory.CreateSymbolicLink(_folder.At("data/bbh"), SharedData.Path("data", "eval", "bbh"));
        Directory.CreateSymbolicLink(_folder.At("data/humaneval"), SharedData.Path("data", "eval", "humaneval"));
        File.WriteAllText(_folder.At("data/arc_easy/test.jsonl"), """
            {"id": "1", "question": "What is a key?", "choices": {"text": ["a secret", "a stream", "a byte", "a name"], "label": ["A", "B", "C", "D"]}, "answerKey": "A"}

            """);
        return _folder.At("data");
    }

    private async Task RunAsync(string command)
    {
        if (_elsewhere.ContainsKey(command))
        {
            return;
        }

        string run = _replacements.Aggregate(command, (c, r) => c.Replace(r.Shown, r.Run, StringComparison.Ordinal));
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "fusesharp.dll"), .. Words().Matches(run).Select(m => m.Value.Trim('"'))])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var result = await FusesharpProcess.EndOf(process);
        Assert.True(result.ExitCode == 0, $"fusesharp {run}\n{result.Output}\n{result.Errors}");
    }

    // Without the program's name and what starts it.
    private static IEnumerable<string> Commands(string page)
        => Blocks(page, "").Concat(Blocks(page, "sh")).SelectMany(b => b.Split('\n')).Select(l => Fusesharp().Match(l)).Where(m => m.Success).Select(m => m.Groups[1].Value);

    private static IEnumerable<string> Blocks(string page, string language)
        => Block().Matches(File.ReadAllText(Path.Combine(GoldenFile.Repository, page)).ReplaceLineEndings("\n")).Where(m => m.Groups[1].Value == language).Select(m => m.Groups[2].Value);

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^(?:.*\s)?(?:fusesharp|--project src/FuseSharp\.Cli --) ((?!--add-source).+)$")]
    private static partial Regex Fusesharp();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Words();
}

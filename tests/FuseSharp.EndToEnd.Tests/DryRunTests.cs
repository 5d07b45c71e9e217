using System.Text.Json;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A dry run says of every step what a run would do, and why; what it says is what the run then does.</summary>
public sealed class DryRunTests(DryRunTests.FinishedRun finished) : IClassFixture<DryRunTests.FinishedRun>
{
    private static readonly string[] _settings = [.. TinyFusion.Settings, "--set", "train.batch_size=16"];

    [Fact]
    public async Task DryRun_NothingThere_EverythingIsMissingAndNothingWritten()
    {
        using var folder = new ScratchFolder();

        var states = await StatesOf(TinyFusion.Write(folder));

        Assert.Equal(
            ["split", "represent security", "represent data", "represent web", "align data", "align web", "pack", "train clm-seed42", "train fused-seed42", "evaluate security", "evaluate data", "evaluate web",
            "evaluate clm-seed42", "evaluate fused-seed42", "generate security", "generate clm-seed42", "generate fused-seed42", "teachers"],
            states.Keys);
        Assert.All(states.Values, s => Assert.Equal("missing", s));
        Assert.False(Directory.Exists(folder.At("run")));
    }

    [Fact]
    public async Task DryRun_FinishedRun_IsUpToDateAndUntouched()
    {
        string[] before = Files(finished.Run);

        var states = await StatesOf(finished.Recipe);

        Assert.All(states.Values, s => Assert.Equal("up to date", s));
        Assert.Equal(before, Files(finished.Run));
    }

    [Fact]
    public async Task DryRun_OtherSettings_NamesThemAndWhatFollows()
    {
        var epochs = await StatesOf(finished.Recipe, "--set", "train.epochs=2", "--set", "baselines.clm=false");
        var candidates = await StatesOf(finished.Recipe, "--set", "represent.top_k=5");

        var rows = await StatesOf(finished.Recipe, "--set", "represent.rows=tokens");

        Assert.Equal("up to date", epochs["pack"]);
        Assert.Equal("again: train.epochs 1 → 2", epochs["train fused-seed42"]);
        Assert.Equal("decided after train fused-seed42", epochs["evaluate fused-seed42"]);
        Assert.Equal("up to date", epochs["evaluate web"]);
        Assert.Equal("up to date", candidates["split"]);
        Assert.Equal("again: represent.top_k 10 → 5", candidates["represent data"]);
        Assert.Equal("again: follows represent data, follows represent security", candidates["align data"]);
        Assert.Equal("again: follows pack", candidates["train clm-seed42"]);
        Assert.Equal("up to date", rows["represent security"]);
        Assert.Equal("again: represent.rows projected → –, represent.projection first_token → –, target_tokenizer removed", rows["represent data"]);
        Assert.Equal("again: follows represent data", rows["align data"]);
    }

    [Fact]
    public async Task DryRun_OtherTexts_SaysWhoseAndWhatFollows()
    {
        using var folder = new ScratchFolder();
        string recipe = Copy(folder);
        File.AppendAllText(folder.At("numbers.jsonl"), JsonSerializer.Serialize(new { text = "One more document, and not a short one." }) + "\n");

        var states = await StatesOf(recipe);

        Assert.Equal("again: texts.numbers changed", states["split"]);
        Assert.Equal("again: follows split", states["represent web"]);
        Assert.Equal("again: follows split", states["evaluate web"]);
    }

    [Fact]
    public async Task DryRun_HalfFinishedRun_SaysWhatContinuesAndWhatStartsOver()
    {
        using var folder = new ScratchFolder();
        string recipe = Copy(folder);
        string trained = folder.At("run/06-train/fused-seed42");
        string key = Manifest.Read(trained).Key;
        Directory.Move(trained, trained + ".partial");
        File.Delete(trained + ".partial/manifest.json");
        File.WriteAllText(trained + ".partial/key.txt", key);

        var states = await StatesOf(recipe);
        var others = await StatesOf(recipe, "--set", "train.epochs=3");

        Assert.Equal("missing, begun: continues", states["train fused-seed42"]);
        Assert.Equal("decided after train fused-seed42", states["evaluate fused-seed42"]);
        Assert.Equal("missing, begun with other settings or inputs: starts over", others["train fused-seed42"]);
    }

    [Fact]
    public async Task DryRun_DeletedStage_PredictsWhatTheRunThenDoes()
    {
        using var folder = new ScratchFolder();
        string recipe = Copy(folder);
        Directory.Delete(folder.At("run/04-align/web"), recursive: true);
        Directory.Delete(folder.At("run/07-evaluate/data"), recursive: true);

        var states = await StatesOf(recipe);
        string progress = await CommandRun.ProgressOfAsync(["run", recipe, .. _settings]);

        Assert.Equal(["align web", "evaluate data"], states.Where(s => s.Value != "up to date").Select(s => s.Key));
        Assert.Equal(["align web", "evaluate data"], progress.Split('\n').Where(ErrorText.TellsOfWork).Select(l => string.Join(' ', l.Split(' ').Take(2))));
    }

    private static async Task<Dictionary<string, string>> StatesOf(string recipe, params string[] more)
    {
        string output = await CommandRun.SucceedAsync(["run", recipe, "--dry-run", .. _settings, .. more]);
        string[] lines = output.TrimEnd().Split('\n')[..^1];
        return lines.Select(l => l.TrimEnd().Split("  ", 2)).ToDictionary(p => p[0], p => p[1].Trim());
    }

    private string Copy(ScratchFolder folder)
    {
        foreach (string file in Directory.EnumerateFiles(finished.Folder.Path, "*", SearchOption.AllDirectories))
        {
            string copy = folder.At(Path.GetRelativePath(finished.Folder.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return folder.At("run.yaml");
    }

    private static string[] Files(string folder)
        => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => $"{f} {File.GetLastWriteTimeUtc(f):O} {new FileInfo(f).Length}")];

    /// <summary>One run that is finished, which no test changes.</summary>
    public sealed class FinishedRun : IAsyncLifetime
    {
        public ScratchFolder Folder { get; } = new();

        public string Recipe { get; private set; } = "";

        public string Run => Folder.At("run");

        public async ValueTask InitializeAsync()
        {
            Recipe = TinyFusion.Write(Folder);
            await CommandRun.SucceedAsync(["run", Recipe, .. _settings]);
        }

        public ValueTask DisposeAsync()
        {
            Folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

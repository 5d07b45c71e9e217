using FuseSharp.Cli;
using FuseSharp.Errors;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Mapping, alignment and the comparison of alignments as commands.</summary>
public sealed class AlignCommandTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    [Fact]
    public async Task MapAlignPack_ReferenceSettings_ShowAndRefuseWhatDoesNotFit()
    {
        string target = TinyFusion.Model("security");
        string source = TinyFusion.Model("data");
        await Represent(target, source);

        await Done("map", "--target", target, "--source", source, "--set", "align.map=co_occurrence", "--texts", _folder.At("letters.jsonl"), "--output", _folder.At("map.json"));
        await Done([.. Align(target, source), "--set", "align.settings=reference", "--set", "align.alignment=soft", "--map", _folder.At("map.json"), "--output", _folder.At("aligned")]);
        await Done("pack", "--target-represented", _folder.At("target"), "--source-represented", _folder.At("source"), "--aligned", _folder.At("aligned"), "--set", "pack.metric=token", "--output", _folder.At("packed"));
        string shown = await Done("inspect", _folder.At("aligned"), "--target", target, "--source", source,
            "--target-represented", _folder.At("target"), "--source-represented", _folder.At("source"), "--html", _folder.At("aligned.html"));

        Assert.True(File.Exists(_folder.At("map_updated_log.json")));
        var figures = Manifest.Read(_folder.At("aligned")).Figures;
        Assert.Equal(figures["positions"], figures["covered_positions"] + figures["one_hot_positions"]);
        Assert.Contains("document 0: security (above) and data (below)", shown, StringComparison.Ordinal);
        Assert.Contains("class=\"link carried\"", File.ReadAllText(_folder.At("aligned.html")), StringComparison.Ordinal);

        await Refused("made for a source tokenizer", [.. Align(target, TinyFusion.Model("web")), "--set", "align.alignment=soft", "--map", _folder.At("map.json"), "--output", _folder.At("other")]);
        await Refused("needs a vocabulary map", [.. Align(target, source), "--set", "align.alignment=soft", "--output", _folder.At("other")]);
        await Refused("the reference has no 'alignment: boundary'", [.. Align(target, source), "--set", "align.settings=reference", "--output", _folder.At("other")]);
        var refused = Assert.Throws<ArtifactException>(() => TrainStage.Run(
            "fused", target, _folder.At("packed"), new TrainOptions { LearningRate = 1e-3, Fusion = new() { MissingProbability = MissingProbability.Bucket } }, TorchSharp.torch.CPU, _folder.At("other"), StageContext.Silent));
        Assert.Contains("Train with missing_probability renormalize", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("other")));
    }

    [Fact]
    public async Task Check_ReferenceSettingsThatContradict_NamesBothFaults()
        => await Refused(
            ["'align.settings' is reference, but the reference has no 'alignment: boundary'", "'align.settings: reference' writes logits, which 'train.fusion.missing_probability: bucket'"],
            "check", TinyFusion.Write(_folder), "--set", "align.settings=reference", "--set", "train.fusion.missing_probability=bucket");

    [Fact]
    public async Task Experiment_RunTwice_ComparesWithClmAndDoesNothingTheSecondTime()
    {
        string[] command = ["experiment", TinyFusion.Write(_folder), "--seeds", "2", "--variants", "reference-renormalize-0.9", "first-token-bucket-0.5", "--set", "split.train_bytes_per_domain=6000", .. TinyFusion.Settings];

        string first = await Done(command);
        var second = await Run(command);

        string[] table = File.ReadAllLines(_folder.At("run/experiment.md"));
        Assert.Equal(["security", "data", "web", "clm", "reference-renormalize-0.9", "boundary-first-token-bucket-0.5"], table.Skip(2).Select(l => l.Split(" | ")[0].Trim('|', ' ')));
        Assert.All(table.Skip(6), l => Assert.Matches(@"\((-?\d+ %|–)\).* \| [+-]\d\.\d{4} ± \S+ \([+-]\d+\.\d s\.e\.\) \|$", l));
        Assert.Contains(table[^1], first, StringComparison.Ordinal);
        Assert.Contains(table[^1], second.Output, StringComparison.Ordinal);
        Assert.False(ErrorText.TellsOfWork(second.Errors), second.Errors);
        await Refused("No variant's name holds 'dtw'", [.. command[..^2], "--variants", "dtw"]);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private string[] Align(string target, string source)
        => ["align", "--target", target, "--source", source, "--target-represented", _folder.At("target"), "--source-represented", _folder.At("source")];

    private async Task Represent(string target, string source)
    {
        TinyFusion.Write(_folder);
        await Done("split", "--models", target, source, "--texts", $"letters={_folder.At("letters.jsonl")}", "--set", "split.max_length=128", "--output", _folder.At("split"));
        await Done("represent", "--model", target, "--texts", _folder.At("split"), "--set", "represent.precision=float32", "--output", _folder.At("target"));
        await Done("represent", "--model", source, "--texts", _folder.At("split"), "--set", "represent.precision=float32", "--output", _folder.At("source"));
    }

    private static async Task<string> Done(params string[] arguments)
    {
        var (code, output, errors) = await Run(arguments);
        Assert.DoesNotContain(ErrorText.WithoutProgress(errors), l => !l.StartsWith("Warning: ", StringComparison.Ordinal));
        Assert.Equal(0, code);
        return output;
    }

    private static Task Refused(string reason, params string[] arguments) => Refused([reason], arguments);

    private static async Task Refused(string[] reasons, params string[] arguments)
    {
        var (code, _, errors) = await Run(arguments);
        string[] lines = ErrorText.WithoutProgress(errors);
        Assert.Equal(2, code);
        Assert.Equal(reasons.Length, lines.Length);
        Assert.All(reasons.Zip(lines), r => Assert.Contains(r.First, r.Second, StringComparison.Ordinal));
    }

    private static async Task<(int Code, string Output, string Errors)> Run(string[] arguments)
    {
        var (output, errors) = (Console.Out, Console.Error);
        using var written = new StringWriter();
        using var complained = new StringWriter();
        Console.SetOut(written);
        Console.SetError(complained);
        try
        {
            int code = await CommandLine.RunAsync(arguments);
            return (code, written.ToString(), complained.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }
}

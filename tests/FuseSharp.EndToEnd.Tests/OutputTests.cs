using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Standard output holds results only, so that it can be kept in a file: progress goes to standard error.</summary>
public sealed class OutputTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public OutputTests() => TinyFusion.Write(_folder);

    [Fact]
    public async Task Evaluate_Texts_PrintsOneLineOfFigures()
    {
        var (code, output, errors) = await CommandRun.HereAsync("evaluate", TinyFusion.Model("web"), "--texts", _folder.At("letters.jsonl"), _folder.At("numbers.jsonl"), "--precision", "float32");

        Assert.True(code == 0, errors);
        Assert.All(Lines(output), l => Assert.Matches(@"^\S+\.jsonl: \d\.\d+ ± \d\.\d+ bits per byte, ", l));
        Assert.Equal(2, Lines(output).Length);
        Assert.Matches(@"letters\.jsonl  [\d,]+ bytes in \d", errors); // all of the total
        Assert.Empty(ErrorText.WithoutProgress(errors));
    }

    [Fact]
    public async Task Map_PrintsItsFigures()
    {
        var (code, output, errors) = await CommandRun.HereAsync("map", "--target", TinyFusion.Model("web"), "--source", TinyFusion.Model("data"), "--output", _folder.At("map.json"));

        Assert.True(code == 0, errors);
        Assert.StartsWith(_folder.At("map.json") + ": ", Assert.Single(Lines(output)), StringComparison.Ordinal);
        Assert.Equal("", errors);
    }

    [Fact]
    public async Task Export_AndMerge_PrintWhatTheyMade()
    {
        string merged = await CommandRun.SucceedAsync("merge", TinyFusion.Model("web"), TinyFusion.Model("web"), "--output", _folder.At("merged"));
        string exported = await CommandRun.SucceedAsync("export", _folder.At("merged"), "--gguf", _folder.At("web.gguf"));

        Assert.Equal($"Model: {_folder.At("merged")}", Assert.Single(Lines(merged)));
        Assert.StartsWith($"Model: {_folder.At("web.gguf")} (", Assert.Single(Lines(exported)), StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static string[] Lines(string output) => output.TrimEnd().Split('\n');
}

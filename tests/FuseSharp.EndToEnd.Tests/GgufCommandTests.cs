using System.Globalization;
using FuseSharp.Cli;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;

[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Commands that take a GGUF file where a model is asked for.</summary>
public sealed class GgufCommandTests
{
    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    [InlineData("")]
    public async Task GenerateAndRepresent_TakeAGguf(string culture)
    {
        CultureInfo.CurrentCulture = new CultureInfo(culture);
        using var folder = new ScratchFolder();
        string model = folder.Write("TINY.GGUF", TinyGguf.Build());
        Directory.CreateDirectory(folder.At("texts"));
        for (int i = 0; i < 20; i++)
        {
            folder.Write(Path.Combine("texts", FormattableString.Invariant($"{i}.txt")), System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("ab a b ", i + 3))));
        }

        string shown = await Run("generate", model, "--prompt", "ab a", "--max-tokens", "5", "--temperature", "0", "--precision", "float32");
        await Run("split", "--models", model, "--texts", $"letters={folder.At("texts")}", "--set", "split.max_length=64", "--output", folder.At("split"));
        await Run("represent", "--model", model, "--texts", folder.At("split"), "--set", "represent.top_k=4", "--set", "represent.precision=float32", "--output", folder.At("represent"));

        Assert.StartsWith("ab a", shown, StringComparison.Ordinal);
        var manifest = Manifest.Read(folder.At("represent"));
        Assert.InRange(manifest.Figures["pieces"], 10, 1000);
        Assert.Equal(267, manifest.Figures["vocabulary"]);
    }

    [Fact]
    public async Task Generate_ATruncatedGguf_IsRefusedInOneLine()
    {
        using var folder = new ScratchFolder();
        string model = folder.Write("cut.gguf", TinyGguf.Build()[..^5000]);
        var errors = new StringWriter();
        var before = Console.Error;
        Console.SetError(errors);
        try
        {
            Assert.Equal(2, await CommandLine.RunAsync(["generate", model, "--prompt", "a"]));
        }
        finally
        {
            Console.SetError(before);
        }

        string line = Assert.Single(errors.ToString().TrimEnd().Split('\n'));
        Assert.Contains(model, line, StringComparison.Ordinal);
    }

    private static async Task<string> Run(params string[] arguments)
    {
        var output = new StringWriter();
        var before = Console.Out;
        Console.SetOut(output);
        try
        {
            Assert.Equal(0, await CommandLine.RunAsync(arguments));
        }
        finally
        {
            Console.SetOut(before);
        }

        return output.ToString();
    }
}

using FuseSharp.Cli.Rendering;
using Spectre.Console;

namespace FuseSharp.EndToEnd.Tests;

public sealed class AlignmentRenderingTests
{
    private static readonly AlignmentView _view = new("document 0", "2 of 3", [
        new("The", ["The"], LinkKind.Carried, [("·un", 0.75), ("</s>", 0.125)]),
        new("·un", ["·un", "b<"], LinkKind.OneHot, [("believ", 1)]),
        new("believ", [], LinkKind.Nothing, []),
    ]);

    [Fact]
    public void Show_WithoutColours_TokensStandInTwoRowsWithMarksBetween()
    {
        using var written = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(written) });
        console.Profile.Width = 80;

        AlignmentDisplay.Show(console, _view);

        string[] lines = [.. written.ToString().Split('\n').Skip(3).Select(l => l.TrimEnd())];
        Assert.Equal(["The       ·un          believ", "=         ~", "The       ·un|b<       –", "·un 75 %  believ 100 %", "</s> 12 %"], lines[..5]);
    }

    [Fact]
    public void Show_ANarrowTerminal_TokensGoOnBelow()
    {
        using var written = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(written) });
        console.Profile.Width = 24;

        AlignmentDisplay.Show(console, _view);

        Assert.All(written.ToString().Split('\n').Skip(4), l => Assert.InRange(l.Length, 0, 24));
        Assert.Contains("believ\n", written.ToString().Replace(" \n", "\n", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Html_TokensOfMarkup_AreEscapedAndNothingIsLoaded()
    {
        string page = AlignmentPage.Html([_view]);

        Assert.Contains("·un|b&lt;", page, StringComparison.Ordinal);
        Assert.Contains("&lt;/s&gt; 12 %", page, StringComparison.Ordinal);
        Assert.Contains("<div class=\"link onehot\">", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }
}

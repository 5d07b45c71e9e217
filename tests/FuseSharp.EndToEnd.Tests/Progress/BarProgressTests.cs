using FuseSharp.Cli.Rendering;
using Spectre.Console;
using Spectre.Console.Testing;

namespace FuseSharp.EndToEnd.Tests.Progress;

/// <summary>What stays on a terminal after some work.</summary>
public sealed class BarProgressTests
{
    [Fact]
    public void OnTerminal_LinesAreWithoutBarAndWhatFailedIsNotShownAsDone()
    {
        using var console = new TestConsole().Width(80).Interactive();
        using var results = new StringWriter();

        Assert.Throws<InvalidOperationException>(() => ProgressDisplay.OnTerminal<int>(console, results, new SteppedTime(), progress =>
        {
            progress.Say("run/01-split: up to date");
            using (var whole = progress.Start("represent [web]", 3, "pieces"))
            {
                whole.Advance(3);
                whole.Complete();
            }

            progress.Result("a score");
            using var failing = progress.Start("train fused", 22, "steps");
            failing.Advance(6);
            throw new InvalidOperationException();
        }));

        string[] lines = [.. console.Lines.Select(l => l.TrimEnd())];
        Assert.Contains("run/01-split: up to date", lines);
        Assert.Contains("represent [web]  3 pieces in 0.0 s, 3,000/s", lines);
        Assert.Contains("train fused  6 of 22 steps done, stopped after 0.0 s", lines);
        Assert.DoesNotContain("a score", lines);
        Assert.Equal("a score", results.ToString().Trim());
        Assert.DoesNotContain(lines, l => l.Contains("100 %", StringComparison.Ordinal) && l.Contains("train", StringComparison.Ordinal));
    }
}

using System.Text.RegularExpressions;
using FuseSharp.Cli.Rendering;
using Spectre.Console;
using Spectre.Console.Testing;

namespace FuseSharp.EndToEnd.Tests.Progress;

/// <summary>Every line of progress fits its terminal, and says only what is true.</summary>
public sealed partial class ProgressLineTests
{
    private const string Health = "covered 89.9 %  one-hot 0.0 %  mass carried 100.0 %";

    private static readonly int[] _widths = [60, 80, 100, 132];

    public static TheoryData<int, string, long, long, double> Works
    {
        get
        {
            var data = new TheoryData<int, string, long, long, double>();
            foreach (int width in _widths)
            {
                data.Add(width, "align data", 4_000, 1_733, 13);
                data.Add(width, "align a-model-of-a-rather-long-name-7b-chat-hf-v2.1", 98_765_432, 12_345_678, 4_711);
                data.Add(width, "train fused-seed42", 12, 1, 7_201);
                data.Add(width, "evaluate 中文模型的名字很长很长很长很长", 2_000_000_000, 1_999_999_999, 1);
                data.Add(width, "train very-slow", 80, 1, 1e7);
                data.Add(width, "train not-begun", 80, 0, 5);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Works))]
    public void Of_AnyWidth_FitsWithBarPercentRateAndTimeWhole(int width, string name, long total, long done, double seconds)
    {
        string line = Assert.Single(Lines(width, CountOf(name, total, "steps", done, seconds)));

        Assert.InRange(line.GetCellWidth(), width / 2, width - 1);
        Assert.Matches(WholeLine(), line);
        Assert.StartsWith(name[..8], line, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_WideTerminal_ShowsHealth()
        => Assert.Contains(Health, Assert.Single(Lines(132, CountOf("align x", 10, "pieces", 5, 1))), StringComparison.Ordinal);

    [Theory]
    [InlineData(60)]
    [InlineData(132)]
    public void Of_UnknownTotal_ShowsTheAmountWithoutBarOrPercent(int width)
    {
        string line = Assert.Single(Lines(width, CountOf("split train", 0, "documents", 1_234_567, 9)));

        Assert.DoesNotContain('%', line[..^1].Replace(Health, "", StringComparison.Ordinal)[..11]);
        Assert.DoesNotContain('━', line);
        Assert.Matches("1,234,567 documents? +137,174/s +–$|1,234,567 docum… +137,174/s +–$", line);
    }

    [Theory]
    [InlineData(6, 13.44, "train x  6 of 22 steps done, stopped after 13.4 s")]
    [InlineData(0, 1, "train x  0 of 22 steps done, stopped after 1.0 s")]
    [InlineData(22, 1, "train x  22 steps done, stopped after 1.0 s")]
    public void Ended_WithoutCompletion_IsNeitherDoneNorWhole(long done, double seconds, string expected)
        => Assert.Equal(expected, ProgressLine.Ended(CountOf("train x", 22, "steps", done, seconds, health: null), 80));

    [Fact]
    public void Ended_Complete_SaysAmountTimeAndRateAndFits()
    {
        var count = CountOf("align data", 4_000, "pieces", 4_000, 12.5);
        count.Complete();

        Assert.Equal($"align data  4,000 pieces in 12.5 s, 320/s  {Health}", ProgressLine.Ended(count, 132));
        Assert.All(_widths, w => Assert.InRange(ProgressLine.Ended(count, w).GetCellWidth(), 40, w - 1));
    }

    [Fact]
    public void Rate_OfSkippedUnits_CountsOnlyThisSessions()
    {
        var time = new SteppedTime();
        var count = new ProgressCount("train x", 100, "steps", time);
        count.Skip(60);
        Assert.Equal(("60 %", "–", "–"), (count.Percent, count.Rate, count.Left));

        time.Pass(40);
        count.Advance(10, null);

        Assert.Equal(("70 %", "4.0 s/step", "2:00"), (count.Percent, count.Rate, count.Left));
    }

    [Theory]
    [InlineData(999, 1000, "99 %")] // 99.9 is not all
    [InlineData(1000, 1000, "100 %")]
    public void Percent_IsRoundedDown(long done, long total, string expected) => Assert.Equal(expected, CountOf("x", total, "steps", done, 1).Percent);

    private static ProgressCount CountOf(string name, long total, string unit, long done, double seconds, string? health = Health)
    {
        var time = new SteppedTime();
        var count = new ProgressCount(name, total, unit, time);
        time.Pass(seconds);
        count.Advance(done, health);
        return count;
    }

    private static string[] Lines(int width, ProgressCount count)
    {
        using var console = new TestConsole().Width(width);
        console.Write(ProgressLine.Render(count, width, isUnicode: true));
        return [.. console.Lines];
    }

    [GeneratedRegex(@" ━+ +\d+ % +(–|[\d,.]+( M)?/s|[\d,.]+ s/step) +(–|[\d:]+|\d+ days)$")]
    private static partial Regex WholeLine();
}

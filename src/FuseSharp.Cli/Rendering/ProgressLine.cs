using System.Collections.Concurrent;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FuseSharp.Cli.Rendering;

/// <summary>Draws a piece of work as one line that fits the terminal: name and health take what the bar and the figures leave.</summary>
internal sealed class ProgressLine : ProgressColumn
{
    private const int PercentWidth = 6;
    private const int RateWidth = 15;
    private const int LeftWidth = 9;
    private const int Figures = PercentWidth + RateWidth + LeftWidth;
    private const int LeastName = 12;
    private const int LeastHealth = 8;

    private readonly ConcurrentDictionary<int, ProgressCount> _counts = new();

    /// <inheritdoc/>
    protected override bool NoWrap => true;

    /// <summary>Says what a task of the display shows.</summary>
    public void Show(ProgressTask task, ProgressCount count) => _counts[task.Id] = count;

    /// <inheritdoc/>
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        => _counts.TryGetValue(task.Id, out var count) ? Render(count, options.ConsoleSize.Width, options.Unicode) : Text.Empty;

    /// <summary>The line of a piece of work that goes on.</summary>
    /// <param name="count">How far it is.</param>
    /// <param name="width">Of the terminal.</param>
    /// <param name="isUnicode">Whether the terminal shows more than ASCII.</param>
    public static IRenderable Render(ProgressCount count, int width, bool isUnicode)
    {
        width--; // some terminals wrap a full line
        int bar = BarWidth(width);
        int gap = Math.Min(bar, 1);
        int text = width - Figures - bar - gap;
        var line = new Paragraph(Cells(TextOf(count, text), text) + new string(' ', gap));
        if (count.HasTotal)
        {
            int filled = (int)Math.Floor(count.Share * bar);
            char stroke = isUnicode ? '━' : '=';
            line.Append(new string(stroke, filled), new Style(Color.Yellow)).Append(new string(isUnicode ? '━' : '-', bar - filled), new Style(Color.Grey));
            line.Append(count.Percent.PadLeft(PercentWidth));
        }
        else
        {
            line.Append(Cells(count.Amount, bar + PercentWidth), new Style(Color.Grey));
        }

        return line.Append(count.Rate.PadLeft(RateWidth)).Append(count.Left.PadLeft(LeftWidth));
    }

    /// <inheritdoc/>
    public override int? GetColumnWidth(RenderOptions options) => options.ConsoleSize.Width - 1;

    /// <summary>The line that stays when a piece of work has ended.</summary>
    /// <param name="count">What it came to.</param>
    /// <param name="width">Of the terminal.</param>
    public static string Ended(ProgressCount count, int width)
    {
        string ending = $"  {count.Ending}";
        return Cut(count.Name, Math.Max(LeastName, width - 1 - Width(ending))) + ending is var line && count.Health.Length > 0 && width - 1 - Width(line) - 2 is var room and >= LeastHealth
            ? $"{line}  {Cut(count.Health, room)}" : line;
    }

    private static int BarWidth(int width) => width >= 120 ? 40 : width >= 95 ? 26 : width >= 75 ? 14 : width >= Figures + LeastName + 11 ? 10 : 0;

    private static string TextOf(ProgressCount count, int width)
    {
        string name = Cut(count.Name, width);
        int room = width - Width(name) - 2;
        return count.Health.Length == 0 || room < LeastHealth ? name : $"{name}  {Cut(count.Health, room)}";
    }

    private static string Cells(string text, int width)
    {
        string cut = Cut(text, width);
        return cut + new string(' ', Math.Max(0, width - Width(cut)));
    }

    // By what a terminal shows: a Chinese character takes two cells.
    private static string Cut(string text, int width)
    {
        if (Width(text) <= width)
        {
            return text;
        }

        string kept = "";
        var elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext() && Width(kept + elements.GetTextElement()) < width)
        {
            kept += elements.GetTextElement();
        }

        return kept.TrimEnd() + "…";
    }

    private static int Width(string text) => text.GetCellWidth();
}

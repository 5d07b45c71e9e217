using System.Text;

namespace FuseSharp.Fusion.Split;

/// <summary>Finds where a text is best cut.</summary>
internal static class TextBoundary
{
    private enum Rank
    {
        Paragraph,
        Line,
        Word,
        Character,
        Inside,
    }

    /// <summary>The best place in a range: after a paragraph, else after a line, else after a word, else after a character; of several, the nearest to the middle one asked for.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="first">First byte offset allowed.</param>
    /// <param name="ideal">Where the cut would be if all places were alike.</param>
    /// <param name="last">Last byte offset allowed.</param>
    /// <returns>A byte offset at which a character begins; outside the range only where the range lies within one character.</returns>
    public static int Nearest(ReadOnlySpan<byte> text, int first, int ideal, int last)
    {
        int best = ideal;
        var rank = RankOf(text, ideal);
        for (int at = first; at <= last; at++)
        {
            var other = RankOf(text, at);
            if (other < rank || (other == rank && Math.Abs(at - ideal) < Math.Abs(best - ideal)))
            {
                (best, rank) = (at, other);
            }
        }

        while (RankOf(text, best) == Rank.Inside)
        {
            best--;
        }

        return best;
    }

    private static Rank RankOf(ReadOnlySpan<byte> text, int at)
    {
        if (at <= 0 || at >= text.Length)
        {
            return Rank.Character;
        }

        if ((text[at] & 0xC0) == 0x80)
        {
            return Rank.Inside;
        }

        if (text[at - 1] == '\n')
        {
            return text[at] != '\n' && EndsWithEmptyLine(text[..at]) ? Rank.Paragraph : Rank.Line;
        }

        Rune.DecodeFromUtf8(text[at..], out var next, out _);
        Rune.DecodeLastFromUtf8(text[..at], out var before, out _);
        return Rune.IsWhiteSpace(next) && !Rune.IsWhiteSpace(before) ? Rank.Word : Rank.Character;
    }

    private static bool EndsWithEmptyLine(ReadOnlySpan<byte> text) => text.EndsWith("\n\n"u8) || text.EndsWith("\n\r\n"u8);
}

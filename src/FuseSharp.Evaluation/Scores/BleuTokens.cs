using System.Text.RegularExpressions;

namespace FuseSharp.Evaluation.Scores;

/// <summary>The tokens of mteval-v13a, which sacreBLEU calls "13a": punctuation apart from words, except within numbers.</summary>
internal static partial class BleuTokens
{
    public static string[] Split(string line)
    {
        line = line.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ');
        line = line.Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal).Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
        line = Symbols().Replace($" {line} ", " $1 ");
        line = MarkBehindText().Replace(line, "$1 $2 ");
        line = MarkBeforeText().Replace(line, " $1 $2");
        return HyphenBehindDigit().Replace(line, "$1 $2 ").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex(@"([\{-~\[-` -&\(-\+:-@/])", RegexOptions.CultureInvariant)]
    private static partial Regex Symbols();

    [GeneratedRegex(@"([^0-9])([\.,])", RegexOptions.CultureInvariant)]
    private static partial Regex MarkBehindText();

    [GeneratedRegex(@"([\.,])([^0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex MarkBeforeText();

    [GeneratedRegex(@"([0-9])(-)", RegexOptions.CultureInvariant)]
    private static partial Regex HyphenBehindDigit();
}

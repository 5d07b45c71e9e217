using System.Text.RegularExpressions;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Tells warnings and faults from progress, which share standard error.</summary>
internal static partial class ErrorText
{
    /// <summary>All lines but those of progress.</summary>
    public static string[] WithoutProgress(string errors) => [.. errors.Split('\n').Select(l => l.TrimEnd('\r')).Where(l => l.Length > 0 && !Progress().IsMatch(l))];

    /// <summary>Whether some work was done, and not only found done.</summary>
    public static bool TellsOfWork(string errors) => Work().IsMatch(errors);

    [GeneratedRegex(@"  [\d,]+ (of [\d,]+ )?\w+( in \d| done, stopped after \d|, )|: (up to date(, all checksums right)?|continued|begun with other settings or inputs, starts over)$|: again, because |^precision auto: |^rate [\w.-]+: |^train .+: batch |^Stopped after step ")]
    private static partial Regex Progress();

    [GeneratedRegex(@"  [\d,]+ (of [\d,]+ )?\w+( in \d| done, stopped after \d|, )")]
    private static partial Regex Work();
}

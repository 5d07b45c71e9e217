using System.Globalization;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Reads the figures of a run from its report.md, as a person would.</summary>
internal static class ReportedScores
{
    /// <summary>The mean of each row of the first table, in its order.</summary>
    public static Dictionary<string, double> Means(string report)
    {
        string[][] table = [.. report.Split('\n').SkipWhile(l => !l.StartsWith("| model | ", StringComparison.Ordinal)).TakeWhile(l => l.StartsWith("| ", StringComparison.Ordinal))
            .Select(l => l.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries))];
        int mean = Array.IndexOf(table[0], "mean");
        return table.Skip(2).ToDictionary(r => r[0], r => double.Parse(r[mean].Split(' ')[0], CultureInfo.InvariantCulture));
    }
}

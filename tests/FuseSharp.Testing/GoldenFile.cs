namespace FuseSharp.Testing;

/// <summary>A text in the repository that a test keeps true: the test fails where it differs, and writes it anew when asked.</summary>
public static class GoldenFile
{
    private const string Update = "FUSESHARP_UPDATE_GOLDEN";

    /// <summary>The repository's folder; of use only where tests run from it.</summary>
    public static string Repository { get; } = Find();

    /// <summary>Compares, or with <c>FUSESHARP_UPDATE_GOLDEN=1</c> writes.</summary>
    /// <param name="path">Relative to the repository.</param>
    /// <param name="actual">What it should say.</param>
    /// <returns>Null where both are the same, otherwise what to do.</returns>
    public static string? Difference(string path, string actual)
    {
        string file = Path.Combine(Repository, path);
        if (Environment.GetEnvironmentVariable(Update) == "1")
        {
            File.WriteAllText(file, actual);
            return null;
        }

        string[] expected = File.Exists(file) ? File.ReadAllLines(file) : [];
        string[] lines = actual.TrimEnd('\n').Split('\n');
        int at = Enumerable.Range(0, Math.Max(expected.Length, lines.Length)).FirstOrDefault(i => i >= expected.Length || i >= lines.Length || expected[i] != lines[i], -1);
        return at < 0 ? null
            : $"{path}, line {at + 1}: it says '{(at < expected.Length ? expected[at] : "")}', the code says '{(at < lines.Length ? lines[at] : "")}'. Run the tests once with {Update}=1.";
    }

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FuseSharp.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"FuseSharp.slnx is not above {AppContext.BaseDirectory}: run the tests from a clone.");
    }
}

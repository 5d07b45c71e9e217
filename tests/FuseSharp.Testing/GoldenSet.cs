namespace FuseSharp.Testing;

/// <summary>What the Python reference, Hugging Face, PEFT and bitsandbytes answer: a small set in the repository (<c>tests/Goldens</c>), all of it in <c>../shared/golden</c>.</summary>
/// <remarks>A test of what the repository holds runs in any clone; one of what it lacks begins with <c>Assert.SkipUnless(GoldenSet.Has(…), SharedData.MissingReason)</c>.</remarks>
public static class GoldenSet
{
    /// <summary>A golden's file or folder: the repository's where it has it, else the one in <c>../shared</c>.</summary>
    /// <param name="parts">Its path below the folder of goldens. A JSON Lines file may be gzipped, as its name then says.</param>
    public static string Path(params string[] parts)
        => Find(parts) ?? throw new FileNotFoundException($"{System.IO.Path.Combine(parts)}: {SharedData.MissingReason}");

    /// <summary>Whether it is here.</summary>
    /// <param name="parts">As of <see cref="Path"/>.</param>
    public static bool Has(params string[] parts) => Find(parts) is not null;

    /// <summary>Names of the folders below one, of the repository and of <c>../shared</c> together, sorted.</summary>
    /// <param name="parts">As of <see cref="Path"/>.</param>
    public static IReadOnlyList<string> FoldersIn(params string[] parts)
        => [.. Roots.Select(r => System.IO.Path.Combine([r, .. parts])).Where(Directory.Exists)
            .SelectMany(Directory.GetDirectories).Select(f => System.IO.Path.GetFileName(f)).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Roots
    {
        get
        {
            yield return System.IO.Path.Combine(GoldenFile.Repository, "tests", "Goldens");
            if (!SharedData.IsMissing)
            {
                yield return SharedData.Path("golden");
            }
        }
    }

    private static string? Find(string[] parts)
        => Roots.SelectMany(r => new[] { "", ".gz" }.Select(ending => System.IO.Path.Combine([r, .. parts]) + ending)).FirstOrDefault(System.IO.Path.Exists);
}

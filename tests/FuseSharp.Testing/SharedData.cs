namespace FuseSharp.Testing;

/// <summary>Finds the folder of goldens and real texts that lies beside this repository on the project's own machines.</summary>
public static class SharedData
{
    /// <summary>The folder, or null in a plain clone.</summary>
    public static string? Root { get; } = Find();

    /// <summary>Why a test that needs the folder is skipped in a plain clone.</summary>
    public const string MissingReason = "../shared is not here: this test compares with goldens or real data of the project's own machines.";

    /// <summary>True where there is no such folder; for <c>[Fact(Skip = …, SkipWhen = …)]</c>.</summary>
    public static bool IsMissing => Root is null;

    /// <summary>A file or folder below it.</summary>
    public static string Path(params string[] parts)
        => System.IO.Path.Combine([Root ?? throw new InvalidOperationException(MissingReason), .. parts]);

    private static string? Find()
    {
        string? named = Environment.GetEnvironmentVariable("FUSESHARP_SHARED");
        if (named is not null)
        {
            return Directory.Exists(named) ? named : null;
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = System.IO.Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(System.IO.Path.Combine(candidate, "golden")))
            {
                return candidate;
            }
        }

        return null;
    }
}

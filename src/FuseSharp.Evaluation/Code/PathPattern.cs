namespace FuseSharp.Evaluation.Code;

/// <summary>Paths with <c>*</c> for any part of a name, such as <c>/etc/java-*-openjdk</c>: versions differ from machine to machine.</summary>
internal static class PathPattern
{
    // Also what lies behind a name with a dot; folders that may not be read have nothing in them.
    private static readonly EnumerationOptions _all = new() { AttributesToSkip = FileAttributes.None };

    /// <summary>The files and folders that are there, in no order.</summary>
    /// <param name="pattern">From the root, with slashes.</param>
    public static IEnumerable<string> Find(string pattern)
        => pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate<string, IEnumerable<string>>(["/"], (folders, name) => folders.Where(Directory.Exists).SelectMany(f => Directory.EnumerateFileSystemEntries(f, name, _all)));
}

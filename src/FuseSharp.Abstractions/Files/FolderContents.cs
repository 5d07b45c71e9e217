namespace FuseSharp.Files;

/// <summary>What lies in a folder, however deep: files, links and empty folders.</summary>
public static class FolderContents
{
    private static readonly EnumerationOptions _all = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <summary>Their names, relative with <c>/</c> between folders, in order of name; found one by one, so that a full disk costs nothing to look at.</summary>
    /// <param name="folder">May be absent.</param>
    public static IEnumerable<string> Names(string folder) => Directory.Exists(folder) ? Names(folder, "") : [];

    private static IEnumerable<string> Names(string folder, string prefix)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", _all).OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            string name = prefix + entry.Name;
            bool isEmpty = true;
            // What a link leads to lies elsewhere, and is not deleted with it.
            if (entry is DirectoryInfo && entry.LinkTarget is null)
            {
                foreach (string inner in Names(entry.FullName, name + "/"))
                {
                    isEmpty = false;
                    yield return inner;
                }
            }

            if (isEmpty)
            {
                yield return name;
            }
        }
    }
}

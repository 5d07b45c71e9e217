using FuseSharp.Errors;


namespace FuseSharp.Files;

/// <summary>Follows links as the system does, also where nothing is there yet.</summary>
public static class LinkedPath
{
    private const int LongestChain = 40; // of links, as Linux has it

    /// <summary>Where a path leads: absolute, all links followed.</summary>
    /// <exception cref="ArtifactException">It is empty, or links lead in a circle.</exception>
    public static string Resolve(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArtifactException(path.Length == 0 ? "The output has no name. Name a new folder or file." : "The name of the output holds a zero byte. Name a new folder or file.");
        }

        int links = 0;
        string full = Path.GetFullPath(path);
        string root = Path.GetPathRoot(full)!;
        return Follow(root, full[root.Length..], path, ref links);
    }

    // What a link holds is taken name by name: '..' after a link leads out of where that link leads.
    private static string Follow(string real, string rest, string path, ref int links)
    {
        foreach (string name in rest.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            if (name is "." or "..")
            {
                real = name == "." ? real : Path.GetDirectoryName(real) ?? real;
                continue;
            }

            string inner = Path.Combine(real, name);
            if (TargetOf(inner) is not { } target)
            {
                real = inner;
                continue;
            }

            if (++links > LongestChain)
            {
                throw new ArtifactException($"'{path}' is a link that leads in a circle. Name another path.");
            }

            string start = Path.IsPathRooted(target) ? Path.GetPathRoot(target)! : real;
            real = Follow(start, Path.IsPathRooted(target) ? target[start.Length..] : target, path, ref links);
        }

        return real;
    }

    private static string? TargetOf(string path) => Directory.Exists(path) ? new DirectoryInfo(path).LinkTarget : new FileInfo(path).LinkTarget;
}

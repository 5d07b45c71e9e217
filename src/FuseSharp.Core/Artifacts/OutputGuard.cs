using FuseSharp.Core.Errors;

namespace FuseSharp.Core.Artifacts;

/// <summary>Decides for every command what may be written: nothing that we did not make is deleted or replaced.</summary>
/// <remarks>
/// A folder may be filled that is absent, empty, or holds a finished output of the same stage and nothing else. Refused by name: a root, the working directory and what holds
/// it, an input and what holds one, files of anybody else. Links are followed: the output lies where they lead, and they stay.
/// </remarks>
public static class OutputGuard
{
    private const int LongestChain = 40; // of links, as Linux has it
    private const int Shown = 3;

    /// <summary>Where a path leads: absolute, all links followed, also where nothing is there yet.</summary>
    /// <exception cref="ArtifactException">Links lead in a circle.</exception>
    public static string RealPath(string path) => RealPath(path, 0);

    /// <summary>Checks a folder that a stage is about to fill or replace, and the folder beside it in which it works.</summary>
    /// <param name="folder">As the user named it.</param>
    /// <param name="stage">Whose output may stand there.</param>
    /// <param name="inputs">Files and folders that the stage reads.</param>
    /// <exception cref="ArtifactException">It must not be written.</exception>
    public static void CheckFolder(string folder, string stage, params IEnumerable<string> inputs)
    {
        string real = RealPath(folder);
        if (File.Exists(real))
        {
            throw new ArtifactException($"'{folder}' is a file. Name a new folder for the output.");
        }

        CheckPlace(folder, real, inputs);
        CheckContents(folder, real, stage);
        CheckPartial(StageFolder.PartialOf(folder));
    }

    /// <summary>Checks a file that a command is about to write or replace.</summary>
    /// <param name="file">As the user named it.</param>
    /// <param name="inputs">Files and folders that the command reads.</param>
    /// <returns>Whether there is one, which will be replaced: usual for files, but to be said.</returns>
    /// <exception cref="ArtifactException">It must not be written.</exception>
    public static bool CheckFile(string file, params IEnumerable<string> inputs)
    {
        string real = RealPath(file);
        if (Directory.Exists(real))
        {
            throw new ArtifactException($"'{file}' is a folder. Name a file for the output.");
        }

        foreach (string input in inputs)
        {
            if (real == RealPath(input))
            {
                throw new ArtifactException($"'{file}' is an input of this command. Name another file for the output.");
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(real)!);
        return File.Exists(real);
    }

    /// <summary>Checks the folder of a whole run, in which stages fill folders of their own.</summary>
    /// <param name="folder">As the recipe names it.</param>
    /// <param name="isOurs">Whether a name in it is one that a run gives.</param>
    /// <param name="inputs">Files and folders that the run reads.</param>
    /// <exception cref="ArtifactException">It must not be written.</exception>
    public static void CheckRun(string folder, Func<string, bool> isOurs, params IEnumerable<string> inputs)
    {
        string real = RealPath(folder);
        if (File.Exists(real))
        {
            throw new ArtifactException($"'{folder}' is a file. Name a new folder for the run.");
        }

        CheckPlace(folder, real, inputs.Where(i => !IsWithin(RealPath(i), real) || RealPath(i) == real)); // a run may read models that were made in its folder
        RefuseStrangers(folder, NamesIn(real).Where(n => !isOurs(n)));
    }

    private static void CheckPlace(string folder, string real, IEnumerable<string> inputs)
    {
        if (Path.GetPathRoot(real) == real)
        {
            throw new ArtifactException($"'{folder}' is the root of a file system. Name a new folder for the output.");
        }

        if (IsWithin(RealPath(Directory.GetCurrentDirectory()), real))
        {
            throw new ArtifactException($"'{folder}' is the working directory, or holds it. Name a new folder for the output.");
        }

        if (real == RealPath(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)))
        {
            throw new ArtifactException($"'{folder}' is the home folder. Name a new folder for the output.");
        }

        foreach (string input in inputs)
        {
            if (IsWithin(RealPath(input), real))
            {
                throw new ArtifactException($"'{folder}' {(RealPath(input) == real ? "is an input of this command" : $"holds the input '{input}'")}. Name another folder for the output.");
            }
        }
    }

    private static void CheckContents(string folder, string real, string stage)
    {
        if (!NamesIn(real).Any())
        {
            return;
        }

        if (Manifest.ReadOwn(real) is not { } manifest)
        {
            RefuseStrangers(folder, NamesIn(real).Where(n => ShardPart.OfFolderName(Path.GetFileName(n.Split('/')[0].Replace(Durable.PartialSuffix, "", StringComparison.Ordinal))) is null));
            return;
        }

        if (manifest.Stage != stage)
        {
            throw new ArtifactException($"'{folder}' holds the finished output of '{manifest.Stage}', not of '{stage}'. Name another folder, or delete it.");
        }

        RefuseStrangers(folder, NamesIn(real).Where(n => !manifest.Wrote(n)));
    }

    // While a stage works its folder holds the key of what is being made; a process that was killed at once may have left it empty.
    private static void CheckPartial(string partial)
    {
        if (File.Exists(partial))
        {
            throw new ArtifactException($"'{partial}' is a file, and the output is made in a folder of that name. Move it away, or name another output.");
        }

        if (!File.Exists(Path.Combine(partial, StageFolder.KeyFile)))
        {
            RefuseStrangers(partial, NamesIn(partial).Where(n => n != StageFolder.KeyFile + Durable.PartialSuffix));
        }
    }

    private static void RefuseStrangers(string folder, IEnumerable<string> strangers)
    {
        string[] names = [.. strangers.Order(StringComparer.Ordinal).Take(Shown + 1)];
        if (names.Length > 0)
        {
            throw new ArtifactException($"'{folder}' holds files that fusesharp did not write there ({string.Join(", ", names.Take(Shown).Select(n => $"'{n}'"))}{(names.Length > Shown ? ", …" : "")}). Name a new or empty folder for the output.");
        }
    }

    // Relative, with slashes; of empty folders the folder.
    private static IEnumerable<string> NamesIn(string folder)
        => !Directory.Exists(folder) ? []
            : Directory.EnumerateFileSystemEntries(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, MaxRecursionDepth = 4 })
                .Where(e => !Directory.Exists(e) || !Directory.EnumerateFileSystemEntries(e).Any()).Select(e => Path.GetRelativePath(folder, e).Replace('\\', '/'));

    private static bool IsWithin(string path, string folder) => path == folder || path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string RealPath(string path, int links)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string root = Path.GetPathRoot(full)!;
        string real = root;
        foreach (string name in full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, name);
            FileSystemInfo info = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
            if (info.LinkTarget is { } target)
            {
                real = links < LongestChain ? RealPath(Path.Combine(Path.GetDirectoryName(real)!, target), links + 1)
                    : throw new ArtifactException($"'{path}' is a link that leads in a circle. Name another path.");
            }
        }

        return real;
    }
}

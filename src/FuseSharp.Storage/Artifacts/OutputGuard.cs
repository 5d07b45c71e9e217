using FuseSharp.Errors;
using FuseSharp.Files;


namespace FuseSharp.Storage.Artifacts;

/// <summary>Decides for every command what may be written: nothing that we did not make is deleted or replaced.</summary>
/// <remarks>
/// A folder may be filled that is absent, empty, or holds a finished output of the same stage and nothing else. Refused by name: a root, the home and the working directory and what
/// holds them, an input and what holds one, files of anybody else. A file may be replaced by one of the same kind. Links are followed: the output lies where they lead, and they stay.
/// </remarks>
public static class OutputGuard
{
    private const int Shown = 3;

    /// <summary>Where a path leads: absolute, all links followed, also where nothing is there yet.</summary>
    /// <exception cref="ArtifactException">Links lead in a circle.</exception>
    public static string RealPath(string path) => LinkedPath.Resolve(path);

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

        inputs = [.. inputs];
        CheckPlace(folder, real, inputs);
        CheckContents(folder, real, stage);
        CheckPartial(StageDirectory.PartialOf(folder), inputs);
    }

    /// <summary>Checks the folder in which several machines fill a folder each.</summary>
    /// <param name="folder">As the user named it.</param>
    /// <param name="inputs">Files and folders that the stage reads.</param>
    /// <exception cref="ArtifactException">It holds something else.</exception>
    internal static void CheckShared(string folder, params IEnumerable<string> inputs)
    {
        string real = RealPath(folder);
        CheckPlace(folder, real, inputs);
        RefuseStrangers(folder, FolderContents.Names(real).Where(n => !IsPart(n)));
    }

    /// <summary>Checks a file that a command is about to write or replace.</summary>
    /// <param name="file">As the user named it.</param>
    /// <param name="kind">What it will hold.</param>
    /// <param name="inputs">Files and folders that the command reads.</param>
    /// <returns>Whether there is one of that kind, which will be replaced: usual for files, but to be said.</returns>
    /// <exception cref="ArtifactException">It must not be written.</exception>
    public static bool CheckFile(string file, OutputKind kind, params IEnumerable<string> inputs)
    {
        string real = RealPath(file);
        if (Directory.Exists(real))
        {
            throw new ArtifactException($"'{file}' is a folder. Name a file for the output.");
        }

        bool isThere = File.Exists(real);
        foreach (string input in inputs)
        {
            if (isThere && IsWithin(real, RealPath(input)))
            {
                throw new ArtifactException($"'{file}' {(real == RealPath(input) ? "is an input of this command" : $"belongs to the input '{input}'")}. Name another file for the output.");
            }
        }

        if (isThere && !kind.Is(real))
        {
            throw new ArtifactException($"'{file}' is there already and is not a {kind.Name}. Name a new file for the output.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(real)!);
        return isThere;
    }

    /// <summary>Checks the folder of a whole run, in which stages fill folders of their own.</summary>
    /// <param name="folder">As the recipe names it.</param>
    /// <param name="isOurs">Whether a file or folder of that name may stand in it.</param>
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
        if (Directory.Exists(real))
        {
            RefuseStrangers(folder, Directory.EnumerateFileSystemEntries(real).Select(e => Path.GetFileName(e)!).Where(n => !isOurs(n)).Order(StringComparer.Ordinal));
        }
    }

    private static void CheckPlace(string folder, string real, IEnumerable<string> inputs)
    {
        // A folder of that name would be deleted one day with the home folder.
        if (folder.Split(Path.DirectorySeparatorChar).Contains("~"))
        {
            throw new ArtifactException($"'{folder}' names the folder '~', which is not expanded here. Write the whole path.");
        }

        if (Path.GetPathRoot(real) == real || DriveInfo.GetDrives().Any(d => d.Name == real))
        {
            throw new ArtifactException($"'{folder}' is the root of a file system. Name a new folder{(Path.GetPathRoot(real) == real ? "" : " in it")} for the output.");
        }

        if (IsWithin(RealPath(Directory.GetCurrentDirectory()), real))
        {
            throw new ArtifactException($"'{folder}' is the working directory, or holds it. Name a new folder for the output.");
        }

        if (Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home && IsWithin(RealPath(home), real))
        {
            throw new ArtifactException($"'{folder}' is the home folder, or holds it. Name a new folder for the output.");
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
        if (Manifest.ReadOwn(real) is not { } manifest)
        {
            RefuseStrangers(folder, FolderContents.Names(real));
            return;
        }

        if (manifest.Stage != stage)
        {
            throw new ArtifactException($"'{folder}' holds the finished output of '{manifest.Stage}', not of '{stage}'. Name another folder, or delete it.");
        }

        RefuseStrangers(folder, FolderContents.Names(real).Where(n => !manifest.Wrote(n) || (n == ModelCardFile.Name && !ModelCardFile.IsOurs(Path.Combine(real, n)))));
    }

    // While a stage works its folder holds the key of what is being made; a process that was killed at once may have left it empty.
    private static void CheckPartial(string partial, IEnumerable<string> inputs)
    {
        if (File.Exists(partial) || new FileInfo(partial).LinkTarget is not null)
        {
            throw new ArtifactException($"'{partial}' is a {(File.Exists(partial) ? "file" : "link")}, and the output is made in a folder of that name. Move it away, or name another output.");
        }

        if (Directory.Exists(partial))
        {
            CheckPlace(partial, partial, inputs);
            if (!StageDirectory.IsKey(Path.Combine(partial, StageDirectory.KeyFile)))
            {
                RefuseStrangers(partial, FolderContents.Names(partial).Where(n => n != StageDirectory.KeyFile + Durable.PartialSuffix));
            }
        }
    }

    private static bool IsPart(string name)
    {
        string first = name.Split('/')[0];
        foreach (string suffix in new[] { ".lock", Durable.PartialSuffix })
        {
            first = first.EndsWith(suffix, StringComparison.Ordinal) ? first[..^suffix.Length] : first;
        }

        return MachinePart.OfFolderName(first) is not null;
    }

    private static void RefuseStrangers(string folder, IEnumerable<string> strangers)
    {
        string[] names = [.. strangers.Take(Shown + 1)];
        if (names.Length > 0)
        {
            throw new ArtifactException($"'{folder}' holds files that fusesharp did not write there ({string.Join(", ", names.Take(Shown).Select(n => $"'{n}'"))}{(names.Length > Shown ? ", …" : "")}). Name a new or empty folder for the output.");
        }
    }

    private static bool IsWithin(string path, string folder) => path == folder || path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}

using FuseSharp.Testing;

namespace FuseSharp.Cases.Tests;

/// <summary>Finds and copies cases.</summary>
internal static class CaseFolder
{
    /// <summary>True in a plain clone; for <c>[Fact(Skip = …, SkipType = typeof(CaseFolder), SkipWhen = nameof(IsMissing))]</c>.</summary>
    public static bool IsMissing => SharedData.IsMissing || !Directory.Exists(Root);

    private static string Root => SharedData.Path("cases");

    /// <summary>A file or folder of a case.</summary>
    /// <param name="folder">Folder of the case, such as <c>formats/peft-pissa</c>.</param>
    /// <param name="parts">Names below it.</param>
    public static string At(string folder, params string[] parts) => Path.Combine([Root, .. folder.Split('/'), .. parts]);

    /// <summary>All cases that there are, as <c>formats/peft-pissa</c>. What begins with an underscore is a tool.</summary>
    public static IEnumerable<string> All()
        => Directory.GetDirectories(Root).SelectMany(Directory.GetDirectories)
            .Where(folder => !Path.GetFileName(folder).StartsWith('_'))
            .Select(folder => Path.GetRelativePath(Root, folder).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    /// <summary>Copies a case, so that a test may write beside its files.</summary>
    /// <returns><paramref name="target"/>.</returns>
    public static string CopyTo(string folder, string target)
    {
        foreach (string file in Directory.EnumerateFiles(At(folder), "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(At(folder), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
            new FileInfo(copy).IsReadOnly = false;
        }

        return target;
    }
}

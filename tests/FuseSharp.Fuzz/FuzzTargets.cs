using System.Text;
using FuseSharp.Errors;

namespace FuseSharp.Fuzz;

/// <summary>All readers.</summary>
public static class FuzzTargets
{
    /// <summary>By the order in which they are tried.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } = [.. TokenizerTargets.All, .. RecipeTargets.All, .. TextTargets.All, .. ModelTargets.All, .. ArtifactTargets.All, .. ServerTargets.All];

    /// <summary>One by its name.</summary>
    public static FuzzTarget Named(string name) => All.Single(t => t.Name == name);

    /// <summary>A target that reads one file.</summary>
    internal static FuzzTarget File(string name, InputKind kind, string file, IEnumerable<byte[]> seeds, Action<string> read)
        => new(name, kind, [.. seeds], (input, folder) =>
        {
            string path = Path.Combine(folder, file);
            System.IO.File.WriteAllBytes(path, input);
            read(path);
        });

    /// <summary>The same with seeds that are texts.</summary>
    internal static FuzzTarget File(string name, InputKind kind, string file, string[] seeds, Action<string> read) => File(name, kind, file, seeds.Select(Encoding.UTF8.GetBytes), read);

    /// <summary>Reads items to the end, or to as many as a small input can hold.</summary>
    internal static void Exhaust<T>(IEnumerable<T> items)
    {
        int count = 0;
        foreach (var _ in items)
        {
            if (++count > 1 << 21)
            {
                throw new FuseSharpException("So many items are more than a small input should hold."); // and take time to no end
            }
        }
    }
}

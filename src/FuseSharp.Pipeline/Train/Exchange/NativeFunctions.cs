using System.Runtime.InteropServices;
using FuseSharp.Errors;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>Finds libraries that PyTorch brings along, under names that depend on its build.</summary>
internal static class NativeFunctions
{
    private const string Maps = "/proc/self/maps";

    /// <summary>The file of a library that this process has loaded; null where it has none. Linux only.</summary>
    /// <param name="name">How its file's name begins: <c>libcudart</c>.</param>
    public static string? FindLoaded(string name)
        => !File.Exists(Maps) ? null
            : File.ReadLines(Maps).Select(l => l.IndexOf('/', StringComparison.Ordinal) is >= 0 and var at ? l[at..] : "")
                .FirstOrDefault(p => Path.GetFileName(p) is var file && file.StartsWith(name, StringComparison.Ordinal) && file.Contains(".so", StringComparison.Ordinal));

    /// <summary>Loads the first of some libraries that can be.</summary>
    /// <param name="candidates">Paths, or names for the linker.</param>
    /// <returns>Null where none can.</returns>
    public static (nint Library, string File)? LoadFirst(IEnumerable<string> candidates)
    {
        foreach (string candidate in candidates)
        {
            if (NativeLibrary.TryLoad(candidate, out nint library))
            {
                return (library, candidate);
            }
        }

        return null;
    }

    /// <summary>The address of a function.</summary>
    /// <param name="library">Loaded.</param>
    /// <param name="file">What messages call it.</param>
    /// <param name="name">Of the function.</param>
    /// <exception cref="UsageException">The library lacks it.</exception>
    public static nint Get(nint library, string file, string name)
        => NativeLibrary.TryGetExport(library, name, out nint address) ? address : throw new UsageException($"'{file}' has no function {name}: expected NCCL or RCCL 2.10 or newer. Name another one's file in {NcclLibrary.Variable}, or 'none' to exchange through main memory.");
}

using System.Globalization;
using System.Runtime.InteropServices;

namespace FuseSharp.Evaluation.Code;

/// <summary>Descriptors that this process got from whoever started it, such as a shell's <c>9&lt;file</c>, or that a native library opened: a program that it starts would have them too.</summary>
internal static partial class InheritedDescriptors
{
    private const int SetFlags = 2;
    private const int CloseOnExec = 1;

    /// <summary>Keeps all but the three standard ones from programs that are started from now on. Linux only.</summary>
    public static void Withhold()
    {
        foreach (string path in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            int descriptor = int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture);
            if (descriptor > 2)
            {
                _ = Control(descriptor, SetFlags, CloseOnExec); // fails only where it is closed by now
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int value);
}

using System.Runtime.InteropServices;
using FuseSharp.Errors;
using Microsoft.Win32.SafeHandles;

namespace FuseSharp.Models.Native;

/// <summary>Loads TorchSharp's own library, also on systems whose libstdc++ is older than it asks for.</summary>
/// <remarks>See decision 0083: what it asks for in vain it does not use, so a copy in memory no longer asks. Nothing is written to a disk.</remarks>
internal static partial class TorchSharpBinding
{
    private const string MissingVersion = "GLIBCXX_3.4.32";
    private const uint CloseOnExec = 1; // MFD_CLOEXEC

    /// <summary>Loads it; libtorch must be loaded already.</summary>
    /// <param name="file">libLibTorchSharp.so or what it is called on other systems.</param>
    /// <exception cref="FuseSharpException">It does not run on this system.</exception>
    public static void Load(string file)
    {
        try
        {
            NativeLibrary.Load(file);
        }
        catch (DllNotFoundException fault) when (fault.Message.Contains(MissingVersion, StringComparison.Ordinal))
        {
            LoadMended(file);
        }
    }

    // The linker knows a loaded library by the name it carries inside, so TorchSharp finds this copy by itself.
    private static void LoadMended(string file)
    {
        try
        {
            byte[] library = File.ReadAllBytes(file);
            if (SymbolVersionPatch.MakeWeak(library, MissingVersion) == 0)
            {
                throw new DllNotFoundException("it holds no such need");
            }

            int descriptor = CreateMemoryFile(Path.GetFileName(file), CloseOnExec);
            if (descriptor < 0)
            {
                throw new DllNotFoundException(Marshal.GetLastPInvokeErrorMessage());
            }

            // Never closed: the linker knows what it has loaded by this path too, and the next file of that number would be taken for it.
            using var memory = new SafeFileHandle(descriptor, ownsHandle: false);
            RandomAccess.Write(memory, library, 0);
            NativeLibrary.Load(FormattableString.Invariant($"/proc/self/fd/{descriptor}"));
        }
        catch (Exception second) when (second is DllNotFoundException or EntryPointNotFoundException or IOException or UnauthorizedAccessException)
        {
            throw new FuseSharpException(
                $"TorchSharp's library '{file}' needs {MissingVersion}, which this system's libstdc++ lacks, and a copy in memory without that need could not be loaded ({second.Message}). "
                + "Install libstdc++ of GCC 13.2 or newer, or run on Debian 13, Ubuntu 24.04 or newer.",
                second);
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateMemoryFile(string name, uint flags);
}

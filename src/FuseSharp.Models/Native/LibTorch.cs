using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FuseSharp.Errors;
using FuseSharp.Files;

namespace FuseSharp.Models.Native;

/// <summary>Loads libtorch before anything of this assembly runs, from where NuGet unpacked it, and sets the allocator up for it.</summary>
public static partial class LibTorch
{
    private const string MissingVersion = "GLIBCXX_3.4.32";

    private const int TrimThreshold = -1; // M_TRIM_THRESHOLD
    private const int TopPad = -2;        // M_TOP_PAD
    private const int MmapThreshold = -3; // M_MMAP_THRESHOLD

#pragma warning disable CA2255 // A library's module initializer: TorchSharp's own static constructors load libtorch at first use, ours must come before them.
    [ModuleInitializer]
    internal static void Load()
#pragma warning restore CA2255
    {
        if (OperatingSystem.IsLinux())
        {
            KeepFreedMemory();
            SleepBetweenOperations();
        }

        // Beside a published program. There before all else: TorchSharp looks there too, and two copies of libtorch in one process abort it.
        if (File.Exists(Path.Combine(AppContext.BaseDirectory, BindingName)))
        {
            // On Windows and macOS, and with CUDA packages, TorchSharp finds them by itself.
            if (OperatingSystem.IsLinux())
            {
                LoadFrom(AppContext.BaseDirectory, AppContext.BaseDirectory);
            }
        }
        else if (FoldersOfTheBuild() is [var torchFolder, var bindingFolder])
        {
            LoadFrom(torchFolder, bindingFolder);
        }
    }

    private static string BindingName
        => OperatingSystem.IsWindows() ? "LibTorchSharp.dll" : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib" : "libLibTorchSharp.so";

    // What a build has written beside the program (Directory.Build.targets); absent with CUDA packages, whose files TorchSharp finds.
    private static string[] FoldersOfTheBuild()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "libtorch.folders");
        string[] folders = File.Exists(file) ? File.ReadAllLines(file) : [];
        return folders.All(Directory.Exists) ? folders : [];
    }

    private static void LoadFrom(string torchFolder, string bindingFolder)
    {
        string[] order = OperatingSystem.IsWindows() ? ["c10.dll", "torch_cpu.dll", "torch.dll"]
            : OperatingSystem.IsMacOS() ? ["libc10.dylib", "libtorch_cpu.dylib", "libtorch.dylib"]
            : ["libc10.so", "libtorch_cpu.so", "libtorch.so"];
        foreach (string file in order)
        {
            NativeLibrary.Load(Path.Combine(torchFolder, file));
        }

        string binding = Path.Combine(bindingFolder, BindingName);
        try
        {
            NativeLibrary.Load(binding);
        }
        catch (DllNotFoundException fault) when (fault.Message.Contains(MissingVersion, StringComparison.Ordinal))
        {
            LoadPatched(binding, fault);
        }
    }

    // The linker knows a loaded library by the name it carries inside, so TorchSharp finds this copy by itself.
    private static void LoadPatched(string binding, DllNotFoundException fault)
    {
        try
        {
            byte[] library = File.ReadAllBytes(binding);
            string hash = Convert.ToHexStringLower(SHA256.HashData(library))[..16];
            if (SymbolVersionPatch.MakeWeak(library, MissingVersion) == 0)
            {
                throw fault;
            }

            LoadCopy(library, $"libLibTorchSharp-{hash}.so");
        }
        catch (Exception second) when (second is DllNotFoundException or IOException or UnauthorizedAccessException)
        {
            throw new FuseSharpException(
                $"TorchSharp's library '{binding}' needs {MissingVersion}, which this system's libstdc++ lacks, and a copy without that need could not be loaded ({second.Message}). "
                + "Install libstdc++ of GCC 13.2 or newer, or run on Debian 13, Ubuntu 24.04 or newer.",
                second);
        }
    }

    // From the user's own folder, so that it is written once; where there is none to write to (a container's user, a read-only home), from a folder of this process.
    private static void LoadCopy(byte[] library, string name)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        try
        {
            NativeLibrary.Load(WriteOnce(library, Path.Combine(home.Length > 0 ? home : throw new IOException("There is no home."), "fusesharp", name)));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            string folder = Directory.CreateTempSubdirectory("fusesharp-").FullName;
            NativeLibrary.Load(WriteOnce(library, Path.Combine(folder, name)));
            Directory.Delete(folder, recursive: true); // what is loaded stays
        }
    }

    private static string WriteOnce(byte[] library, string file)
    {
        // Compared with what it must be: a file of that name is loaded into this process, whoever wrote it.
        if (!File.Exists(file) || !File.ReadAllBytes(file).AsSpan().SequenceEqual(library))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            string partial = $"{file}.{Environment.ProcessId}.partial";
            File.WriteAllBytes(partial, library);
            File.Move(partial, file, overwrite: true);
        }

        return file;
    }

    // glibc returns every large tensor to the system and faults it in again. Measured: cross-entropy over [2048, 32000] 508 ms -> 28 ms.
    private static void KeepFreedMemory()
    {
        try
        {
            _ = SetAllocatorOption(MmapThreshold, 1 << 30);
            _ = SetAllocatorOption(TrimThreshold, int.MaxValue);
            _ = SetAllocatorOption(TopPad, 64 << 20);
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            // musl has no mallopt; only speed is lost.
        }
    }

    /// <summary>Gives freed memory back to the system: between two pieces of work that each allocate the same, so that holes between tensors of many sizes do not add up.</summary>
    /// <remarks>A few milliseconds, and as many for the next piece of work, which faults its pages in again.</remarks>
    public static void ReturnFreedMemory()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = TrimAllocator(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no malloc_trim, and keeps nothing back that it would return.
        }
    }

    // The engine's threads spin between two operations. Where something else wants the processor too, an operation then waits for a whole time slice of the
    // scheduler: measured beside one other busy process on two cores, an addition of 0.8 million numbers 8.0 ms -> 0.17 ms.
    // Read by the OpenMP library as it is loaded.
    private static void SleepBetweenOperations() => NativeEnvironment.SetDefault("OMP_WAIT_POLICY", "PASSIVE");

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimAllocator(nint keptBytes);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocatorOption(int parameter, int value);
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FuseSharp.Errors;
using FuseSharp.Files;

namespace FuseSharp.Models.Native;

/// <summary>Loads libtorch, from beside the program, from where NuGet unpacked it or from where the user says, and sets the process up for it.</summary>
public static partial class LibTorch
{
    /// <summary>Where it was loaded from; null where TorchSharp found it by itself.</summary>
    public static string? Folder { get; private set; }

    private const string TuneProcessSwitch = "FuseSharp.Models.TuneProcess";

    private const int TrimThreshold = -1; // M_TRIM_THRESHOLD
    private const int TopPad = -2;        // M_TOP_PAD
    private const int MmapThreshold = -3; // M_MMAP_THRESHOLD

    /// <summary>Loads it, once. C# programs that use the package do so before they begin, the types of this assembly by themselves; a program of another language that uses TorchSharp before any of them calls this first.</summary>
    /// <exception cref="FuseSharpException">A library is missing, or does not run on this system.</exception>
#pragma warning disable CA2255 // A library's module initializer: TorchSharp's own static constructors load libtorch at first use, ours must come before them.
    [ModuleInitializer]
    public static void Load()
#pragma warning restore CA2255
    {
        if (OperatingSystem.IsLinux() && (!AppContext.TryGetSwitch(TuneProcessSwitch, out bool isTuned) || isTuned))
        {
            KeepFreedMemory();
            SleepBetweenOperations();
        }

        string? named = NamedLibTorch.Find(Environment.GetEnvironmentVariable(NamedLibTorch.Variable));
        if (Array.Find(FoldersOfTheProgram(), f => File.Exists(Path.Combine(f, BindingName))) is { } found)
        {
            string? own = Array.Find(FoldersOfTheProgram(), f => File.Exists(Path.Combine(f, LibraryNames[0])));
            if (named is not null && own is not null && own != PublishedFolder)
            {
                // TorchSharp would find these as well, and two copies of libtorch in one process abort it.
                throw new FuseSharpException($"{NamedLibTorch.Variable} names '{named}', but the program has a libtorch of its own in '{own}'. Build it without that package (TorchSharp-cpu, TorchSharp-cuda-…), or unset the variable.");
            }

            // On Windows and macOS TorchSharp finds those beside the program by itself.
            if (OperatingSystem.IsLinux() || named is not null)
            {
                LoadFrom(named ?? own ?? found, found);
            }
        }
        else if (FoldersOfTheBuild() is [var torchFolder, var bindingFolder])
        {
            LoadFrom(named ?? torchFolder, bindingFolder);
        }
    }

    private static string BindingName
        => OperatingSystem.IsWindows() ? "LibTorchSharp.dll" : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib" : "libLibTorchSharp.so";

    /// <summary>Its libraries in the order of their needs. The last one of a build for CUDA needs libtorch_cuda, which must be there before the first call: libtorch looks for CUDA once.</summary>
    internal static string[] LibraryNames
        => OperatingSystem.IsWindows() ? ["c10.dll", "torch_cpu.dll", "torch.dll"]
            : OperatingSystem.IsMacOS() ? ["libc10.dylib", "libtorch_cpu.dylib", "libtorch.dylib"]
            : ["libc10.so", "libtorch_cpu.so", "libtorch.so"];

    // Where publishing puts it on Linux: not beside the program, where TorchSharp would find it too when the user names another one.
    private static string PublishedFolder => Path.Combine(AppContext.BaseDirectory, "libtorch");

    // Beside it, and where the runtime looks for what packages brought (runtimes/linux-x64/native, where a program references TorchSharp-cpu by itself).
    private static string[] FoldersOfTheProgram()
        => [PublishedFolder, AppContext.BaseDirectory, .. (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)];

    // What a build has written beside the program (FuseSharp.Models.targets).
    private static string[] FoldersOfTheBuild()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "libtorch.folders");
        string[] folders = File.Exists(file) ? File.ReadAllLines(file) : [];
        return Array.Find(folders, f => !Directory.Exists(f)) is { } missing
            ? throw new FuseSharpException($"'{file}' names '{missing}', which is not there: a built program reads libtorch from the package cache of the machine that built it. Build it again, or publish it to move it.")
            : folders;
    }

    private static void LoadFrom(string torchFolder, string bindingFolder)
    {
        try
        {
            foreach (string file in LibraryNames)
            {
                NativeLibrary.Load(Path.Combine(torchFolder, file));
            }

            TorchSharpBinding.Load(Path.Combine(bindingFolder, BindingName));
            Folder = torchFolder;
        }
        catch (Exception fault) when (fault is DllNotFoundException or BadImageFormatException)
        {
            throw new FuseSharpException($"libtorch in '{torchFolder}' cannot be loaded ({Reason(fault)}). Restore, build or publish the program again.", fault);
        }
    }

    // Before the last line .NET advises to trace the linker.
    private static string Reason(Exception fault) => fault.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];

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

using System.Runtime.InteropServices;
using System.Text;
using FuseSharp.Errors;
using FuseSharp.Files;

namespace FuseSharp.Models.Export;

/// <summary>Quantizes GGUF files below 8 bits with llama.cpp's own library, which the user has: it does that better than a copy of it would.</summary>
/// <remarks>Of the parameters only the first two are set, number of threads and type, which stand at the same places in every version; the others stay as llama.cpp has them by default.</remarks>
public sealed unsafe class LlamaCppQuantizer
{
    /// <summary>Names the folder with the library where no option does.</summary>
    public const string FolderVariable = "FUSESHARP_LLAMACPP";

    private static readonly string[] _places = ["", "bin", "lib", "build/bin"];

    private readonly string _file;
    private readonly delegate* unmanaged<Parameters> _defaults;
    private readonly delegate* unmanaged<byte*, byte*, Parameters*, uint> _quantize;

    /// <summary>Loads the library.</summary>
    /// <param name="folder">With llama.cpp's shared library (libllama.so, llama.dll or libllama.dylib), or above it; null for that of the environment variable.</param>
    /// <exception cref="UsageException">None is named, or it is not there or does not load.</exception>
    public LlamaCppQuantizer(string? folder)
    {
        string place = folder ?? Environment.GetEnvironmentVariable(FolderVariable)
            ?? throw new UsageException($"Types below 8 bits are made by llama.cpp's own library, and no folder with it is named. Name one with --llama-cpp or {FolderVariable}, or take q8_0.");
        string name = OperatingSystem.IsWindows() ? "llama.dll" : OperatingSystem.IsMacOS() ? "libllama.dylib" : "libllama.so";
        _file = _places.Select(f => Path.GetFullPath(Path.Combine(place, f, name))).FirstOrDefault(File.Exists)
            ?? throw new UsageException($"'{place}' holds no {name}, llama.cpp's shared library, and neither do bin, lib and build/bin in it. Name the folder where it was built or unpacked.");
        if (!NativeLibrary.TryLoad(_file, out nint library)
            || !NativeLibrary.TryGetExport(library, "llama_backend_init", out nint begin)
            || !NativeLibrary.TryGetExport(library, "llama_model_quantize_default_params", out nint defaults)
            || !NativeLibrary.TryGetExport(library, "llama_model_quantize", out nint quantize))
        {
            throw new UsageException($"'{_file}' does not load as llama.cpp's library, or is one without llama_model_quantize. Expected a build for this system with the libraries that belong to it beside it.");
        }

        ((delegate* unmanaged<void>)begin)();
        _defaults = (delegate* unmanaged<Parameters>)defaults;
        _quantize = (delegate* unmanaged<byte*, byte*, Parameters*, uint>)quantize;
    }

    /// <summary>Quantizes a file.</summary>
    /// <param name="from">A GGUF file in F32, F16 or BF16.</param>
    /// <param name="to">The file to write; it appears when it is complete.</param>
    /// <param name="type">How matrices are stored; those whose rows no blocks fill get another type, as llama.cpp chooses.</param>
    /// <exception cref="ModelException">llama.cpp cannot do it.</exception>
    public void Run(string from, string to, QuantizedType type)
    {
        var parameters = _defaults();
        parameters.Threads = Environment.ProcessorCount;
        parameters.Type = (int)type;
        uint code;
        fixed (byte* source = Encoding.UTF8.GetBytes(from + "\0"), target = Encoding.UTF8.GetBytes(to + Durable.PartialSuffix + "\0"))
        {
            code = _quantize(source, target, &parameters);
        }

        if (code != 0)
        {
            File.Delete(to + Durable.PartialSuffix);
            throw new ModelException(FormattableString.Invariant($"llama.cpp ('{_file}') could not quantize '{from}': it gave {code}. What it wrote to standard error says why; q8_0 needs no llama.cpp."));
        }

        Durable.Publish(to);
    }

    // Larger than that of any version: it is written into a place of this size, and read from it.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Parameters
    {
        [FieldOffset(0)]
        public int Threads;

        [FieldOffset(4)]
        public int Type;
    }
}

using System.Runtime.InteropServices;
using System.Text;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Export;

/// <summary>Quantizes GGUF files below 8 bits with llama.cpp's own library, which the user has: it does that better than a copy of it would.</summary>
/// <remarks>Of the parameters number of threads and type are set, which stand at the same places in every version; the others stay as llama.cpp has them by default. An importance matrix is passed as a list of the C interface, which older
/// versions took for an object of C++: they are told by ggml's version, and refused.</remarks>
public sealed unsafe class LlamaCppQuantizer
{
    /// <summary>Names the folder with the library where no option does.</summary>
    public const string FolderVariable = "FUSESHARP_LLAMACPP";

    // Of ggml, with which a list was seen to be read as one.
    private static readonly Version _leastForMatrices = new(0, 18);

    private static readonly string[] _places = ["", "bin", "lib", "build/bin"];

    private readonly string _file;
    private readonly nint _library;
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
        _library = library;
        _defaults = (delegate* unmanaged<Parameters>)defaults;
        _quantize = (delegate* unmanaged<byte*, byte*, Parameters*, uint>)quantize;
    }

    /// <summary>Quantizes a file.</summary>
    /// <param name="from">A GGUF file in F32, F16 or BF16.</param>
    /// <param name="to">The file to write; it appears when it is complete.</param>
    /// <param name="type">How matrices are stored; those whose rows no blocks fill get another type, as llama.cpp chooses.</param>
    /// <param name="matrix">Which columns matter more; null where all matter the same.</param>
    /// <exception cref="ModelException">llama.cpp cannot do it, or the importance matrix is of another model.</exception>
    /// <exception cref="UsageException">The library is too old for an importance matrix.</exception>
    public void Run(string from, string to, QuantizedType type, ImportanceMatrix? matrix = null)
    {
        using var columns = matrix is null ? null : new ImportanceList(matrix);
        if (matrix is not null)
        {
            CheckVersion();
            CheckFits(matrix, from);
        }

        var parameters = _defaults();
        parameters.Matrix = columns is null ? parameters.Matrix : columns.Address;
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

    private void CheckVersion()
    {
        string ggml = Path.Combine(Path.GetDirectoryName(_file)!, Path.GetFileName(_file).Replace("llama", "ggml-base", StringComparison.Ordinal));
        string? version = NativeLibrary.TryGetExport(_library, "ggml_version", out nint export) || (NativeLibrary.TryLoad(ggml, out nint library) && NativeLibrary.TryGetExport(library, "ggml_version", out export))
            ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)export)()) : null;
        if (!Version.TryParse(version?.Split('-')[0], out var found) || found < _leastForMatrices)
        {
            throw new UsageException($"'{_file}' stands on ggml {version ?? "of an unknown version"}, expected {_leastForMatrices} or newer for an importance matrix. Take a newer llama.cpp, or leave out --imatrix.");
        }
    }

    private static void CheckFits(ImportanceMatrix matrix, string model)
    {
        var tensors = GgufFile.Read(model).Tensors.Where(t => matrix.Columns.ContainsKey(t.Name)).ToList();
        if (tensors.Count == 0)
        {
            throw new ModelException($"'{matrix.Path}' names no matrix of this model, but '{matrix.Columns.Keys.First()}' and others. Take the importance matrix of this model.");
        }

        // Of experts, [experts, rows, columns], each has columns of its own.
        foreach (var tensor in tensors)
        {
            long width = tensor.Shape[^1] * (tensor.Shape.Count > 2 ? tensor.Shape[0] : 1);
            if (matrix.Columns[tensor.Name].Length != width)
            {
                throw new ModelException(FormattableString.Invariant($"'{matrix.Path}' has {matrix.Columns[tensor.Name].Length} columns for '{tensor.Name}', this model has {width}. Take the importance matrix of this model."));
            }
        }
    }

    // Larger than that of any version: it is written into a place of this size, and read from it.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Parameters
    {
        [FieldOffset(0)]
        public int Threads;

        [FieldOffset(4)]
        public int Type;

        // Behind the types of output and embedding and six flags.
        [FieldOffset(24)]
        public nint Matrix;
    }
}

using System.Runtime.InteropServices;
using LLama.Native;

namespace FuseSharp.LlamaCpp.Tests;

/// <summary>llama.cpp's library, loaded into this process from where NuGet unpacked it.</summary>
/// <remarks>Its build without AVX: it runs everywhere, and sums in an order that does not depend on the processor.</remarks>
internal static class LlamaCppLibrary
{
    /// <summary>Why a test that needs it is skipped.</summary>
    public const string MissingReason = "llama.cpp's library does not load here: this test compares an exported file with it. On Linux for x64 it needs libgomp.so.1 (Debian: libgomp1).";

    /// <summary>True where it does not load; for <c>[Fact(Skip = …, SkipWhen = …)]</c>. Where CI runs, tests fail instead.</summary>
    public static bool IsMissing { get; } = !Load() && Environment.GetEnvironmentVariable("FUSESHARP_NEEDS_LLAMACPP") != "1";

    /// <summary>ggml's own library beside it, which knows the types of numbers.</summary>
    public static nint Ggml => NativeLibrary.Load(Path.Combine(Folder, Path.GetFileName(File).Replace("llama", "ggml-base", StringComparison.Ordinal)));

    /// <summary>The folder of both.</summary>
    public static string Folder => Path.GetDirectoryName(File)!;

    private static string File => (string)AppContext.GetData("FuseSharp.LlamaCppLibrary")!;

    private static bool Load()
    {
        NativeLibraryConfig.LLama.WithLibrary(File).WithLogCallback((_, _) => { });
        return NativeLibrary.TryLoad(File, out _);
    }
}

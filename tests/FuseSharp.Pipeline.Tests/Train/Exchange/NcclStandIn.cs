using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FuseSharp.Pipeline.Tests.Train.Exchange;

/// <summary>A library with NCCL's and the CUDA runtime's functions over main memory, built from this project's C source: the transport is tested by it where no graphics processor is. What NCCL itself does, it cannot say.</summary>
internal static unsafe class NcclStandIn
{
    /// <summary>Why tests that need it are skipped.</summary>
    public const string MissingReason = "No C compiler (cc) is here: NCCL's stand-in cannot be built. Install one (Debian: gcc).";

    private static readonly string[] _compilers = ["cc", "gcc", "clang"];

    private static readonly Lazy<string> _file = new(Build);
    private static readonly Lazy<nint> _library = new(() => NativeLibrary.Load(_file.Value));

    /// <summary>Whether there is no compiler.</summary>
    public static bool IsMissing => !OperatingSystem.IsLinux() || Compiler is null;

    /// <summary>The library, built once a process.</summary>
    public static string File => _file.Value;

    private static string? Compiler
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).SelectMany(_ => _compilers, Path.Combine).FirstOrDefault(System.IO.File.Exists);

    /// <summary>As it is without anything that went wrong.</summary>
    public static void Mend()
    {
        if (_library.IsValueCreated)
        {
            SetVersion(22705);
            Hang(-1);
            AddWrongly(-1);
            Break(-1, 0);
        }
    }

    /// <summary>What version it says it is, as nccl.h counts.</summary>
    public static void SetVersion(int version) => Call("stand_in_set_version", version);

    /// <summary>A rank that never comes.</summary>
    public static void Hang(int rank) => Call("stand_in_hang", rank);

    /// <summary>A rank whose sums are wrong.</summary>
    public static void AddWrongly(int rank) => Call("stand_in_add_wrongly", rank);

    /// <summary>A rank whose operations fail after they were enqueued.</summary>
    public static void Break(int rank, int error) => ((delegate* unmanaged<int, int, void>)NativeLibrary.GetExport(_library.Value, "stand_in_break"))(rank, error);

    private static void Call(string function, int value) => ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(_library.Value, function))(value);

    private static string Build()
    {
        string source = Path.Combine(AppContext.BaseDirectory, "StandIn", "nccl_stand_in.c");
        string library = Path.Combine(Path.GetTempPath(), $"libnccl-stand-in-{Environment.ProcessId}.so");
        using var compiler = Process.Start(new ProcessStartInfo(Compiler!, ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", library, source, "-lpthread", "-lrt"]) { RedirectStandardError = true })!;
        string errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => System.IO.File.Delete(library);
        return compiler.ExitCode == 0 ? library : throw new InvalidOperationException(errors);
    }
}

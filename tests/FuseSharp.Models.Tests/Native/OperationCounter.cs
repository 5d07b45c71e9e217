using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FuseSharp.Models.Native;

namespace FuseSharp.Models.Tests.Native;

/// <summary>Counts libtorch's operations of this thread through its own observer, as its profiler does: what a graphics processor would have to be asked to do.</summary>
/// <remarks>
/// Counted is what reads or writes numbers: an operation that only consists of others is not, nor one that gives another view, or memory without numbers. Attention is one, whatever it is made of where it runs.
/// An observer has no C interface; it is 40 bytes, and what begins an operation returns a pointer by a hidden argument, the first on Linux and macOS with x64.
/// </remarks>
internal static unsafe class OperationCounter
{
    private static readonly HashSet<string> _moveNothing = new(
        ["alias", "as_strided", "detach", "empty", "empty_like", "empty_strided", "expand", "narrow", "permute", "select", "slice", "split", "split_with_sizes", "squeeze", "t", "transpose", "unbind",
            "unflatten", "unsafe_view", "_unsafe_view", "unsqueeze", "view", "_reshape_alias", "chunk", "flatten", "reshape", "expand_as", "resolve_conj", "resolve_neg", "lift_fresh", "set_", "result_type", "is_nonzero",
            "broadcast_tensors", "contiguous", "to", "unsafe_chunk", "repeat_interleave", "_assert_async", "swapaxes", "view_as", "mT", "numpy_T", "T"], StringComparer.Ordinal);

    // These are one kernel each on a graphics processor, whatever they are made of here.
    private static readonly HashSet<string> _whole = new(
        ["scaled_dot_product_attention", "_to_copy", "where", "abs", "logical_or", "index_select", "mm", "bmm", "addmm", "native_layer_norm", "arange", "zeros", "ones", "full", "cat", "stack", "outer", "copy_", "fill_", "zero_"],
        StringComparer.Ordinal);

    /// <summary>Said where a test is left out for it.</summary>
    public const string MissingReason = "libtorch's observer is called another way on this processor and system.";

    [ThreadStatic]
    private static State? _state;

    /// <summary>Whether operations can be counted here.</summary>
    public static bool IsThere => RuntimeInformation.ProcessArchitecture == Architecture.X64 && !OperatingSystem.IsWindows();

    /// <summary>The operations of some work, in the order in which they ended.</summary>
    /// <param name="work">On this thread.</param>
    public static List<string> OperationsOf(Action work)
    {
        nint library = NativeLibrary.Load(Path.Combine(LibTorch.Folder ?? "", OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so"));
        var add = (delegate* unmanaged<Observer, ulong>)NativeLibrary.GetExport(library, "_ZN2at22addThreadLocalCallbackENS_22RecordFunctionCallbackE");
        var remove = (delegate* unmanaged<ulong, void>)NativeLibrary.GetExport(library, "_ZN2at14removeCallbackEm");
        _name = (delegate* unmanaged<nint, byte*>)NativeLibrary.GetExport(library, "_ZNK2at14RecordFunction4nameEv");
        var state = new State();
        var observer = new Observer { Start = &Start, End = &End, Share = 1 };
        observer.Scopes[0] = 1; // operations; not the functions of a backward pass around them
        _state = state;
        ulong handle = add(observer);
        try
        {
            work();
        }
        finally
        {
            remove(handle);
            _state = null;
        }

        return state.Operations;
    }

    private static delegate* unmanaged<nint, byte*> _name;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Start(nint* context, nint function)
    {
        *context = 0;
        _state?.Begin(Marshal.PtrToStringUTF8((nint)_name(function))!);
        return (nint)context;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void End(nint function, nint context) => _state?.End();

    // libtorch's RecordFunctionCallback.
    [StructLayout(LayoutKind.Sequential)]
    private struct Observer
    {
        public delegate* unmanaged[Cdecl]<nint*, nint, nint> Start;
        public delegate* unmanaged[Cdecl]<nint, nint, void> End;
        public double Share;
        public fixed byte Scopes[10];
        public fixed byte Needs[3];
    }

    private sealed class State
    {
        private readonly Stack<(string Name, int Before)> _open = [];
        private int _whole; // open operations of which the parts do not count

        public List<string> Operations { get; } = [];

        public void Begin(string name)
        {
            name = name[(name.LastIndexOf(':') + 1)..];
            _open.Push((name, Operations.Count));
            _whole += OperationCounter._whole.Contains(name) ? 1 : 0;
        }

        public void End()
        {
            if (!_open.TryPop(out var ended))
            {
                return;
            }

            bool isWhole = OperationCounter._whole.Contains(ended.Name);
            _whole -= isWhole ? 1 : 0;
            if (_whole == 0 && !_moveNothing.Contains(ended.Name) && (isWhole || Operations.Count == ended.Before))
            {
                Operations.Add(ended.Name);
            }
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FuseSharp.Models.Kernels;

/// <summary>Runs a kernel over the rows of tensors in main memory, on as many threads as libtorch uses.</summary>
public static unsafe class KernelRows
{
    /// <summary>For the loops of kernels: compiled for speed at once. A training takes the first of its few thousand rounds too early for the runtime to notice what is hot.</summary>
    public const MethodImplOptions Compiled = MethodImplOptions.AggressiveOptimization;

    // Waking threads costs as much as this many numbers.
    private const long SmallestShare = 1 << 14;

    [ThreadStatic]
    private static bool _areOff;

    /// <summary>What handles some rows.</summary>
    public delegate void RowsAction(long start, long endExclusive);

    /// <summary>Whether libtorch's operations shall do the work of this thread: what tests and benchmarks compare with. Another thread's gradients stay those of its own forward pass.</summary>
    public static bool AreOff
    {
        get => _areOff;
        set => _areOff = value;
    }

    /// <summary>Whether kernels can work on a tensor; otherwise libtorch's operations do the same.</summary>
    public static bool Fit(Tensor tensor)
        => !AreOff && tensor.device_type == TorchSharp.DeviceType.CPU && tensor.dtype is ScalarType.Float32 or ScalarType.BFloat16;

    /// <summary>Where a contiguous tensor lies; it must be kept alive while the address is used.</summary>
    public static void* AddressOf(Tensor tensor) => Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    /// <summary>Splits rows evenly. Every row is handled by itself, so results do not depend on the number of threads.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="action">Handles some of them.</param>
    public static void Run(long rows, long width, RowsAction action)
    {
        long shares = Math.Min(Math.Min(rows, get_num_threads()), (rows * width / SmallestShare) + 1);
        if (shares <= 1)
        {
            action(0, rows);
            return;
        }

        Parallel.For(0, shares, share => action(rows * share / shares, rows * (share + 1) / shares));
    }
}

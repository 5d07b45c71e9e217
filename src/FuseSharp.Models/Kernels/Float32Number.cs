using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FuseSharp.Models.Kernels;

/// <summary>Tensors of float32.</summary>
public readonly unsafe struct Float32Number : IStoredNumber
{
    /// <inheritdoc/>
    public static int Size => sizeof(float);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* row, long at) => Vector512.Load((float*)row + at);

    /// <inheritdoc/>
    public static Vector512<float> LoadRest(void* row, long at, long count)
    {
        float* padded = stackalloc float[16];
        new ReadOnlySpan<float>((float*)row + at, (int)count).CopyTo(new Span<float>(padded, 16));
        return Vector512.Load(padded);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(void* row, long at, Vector512<float> values) => Vector512.Store(values, (float*)row + at);

    /// <inheritdoc/>
    public static void StoreRest(void* row, long at, long count, Vector512<float> values)
    {
        float* padded = stackalloc float[16];
        Vector512.Store(values, padded);
        new ReadOnlySpan<float>(padded, (int)count).CopyTo(new Span<float>((float*)row + at, (int)count));
    }
}

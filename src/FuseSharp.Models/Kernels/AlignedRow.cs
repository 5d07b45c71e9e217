using System.Runtime.InteropServices;

namespace FuseSharp.Models.Kernels;

/// <summary>A row of float32 for one thread, at a cache line's start, with room for whole sixteens.</summary>
public readonly unsafe struct AlignedRow(long size) : IDisposable
{
    /// <summary>Its first number.</summary>
    public float* Start { get; } = (float*)NativeMemory.AlignedAlloc((nuint)((size + 15) / 16 * 64), 64);

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(Start);
}

using System.Runtime.InteropServices;

namespace FuseSharp.Torch.Kernels;

/// <summary>A row of float32 for one thread, at a cache line's start, with room for whole sixteens.</summary>
internal readonly unsafe struct AlignedRow(long size) : IDisposable
{
    public float* Start { get; } = (float*)NativeMemory.AlignedAlloc((nuint)((size + 15) / 16 * 64), 64);

    public void Dispose() => NativeMemory.AlignedFree(Start);
}

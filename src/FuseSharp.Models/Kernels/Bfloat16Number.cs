using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FuseSharp.Models.Kernels;

/// <summary>Tensors of bfloat16: the upper half of a float32.</summary>
public readonly unsafe struct Bfloat16Number : IStoredNumber
{
    private const ushort NotANumber = 0x7FC0;

    /// <inheritdoc/>
    public static int Size => sizeof(ushort);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* row, long at) => Widen(Vector256.Load((ushort*)row + at));

    /// <inheritdoc/>
    public static Vector512<float> LoadRest(void* row, long at, long count)
    {
        ushort* padded = stackalloc ushort[16];
        new ReadOnlySpan<ushort>((ushort*)row + at, (int)count).CopyTo(new Span<ushort>(padded, 16));
        return Widen(Vector256.Load(padded));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(void* row, long at, Vector512<float> values) => Vector256.Store(Narrow(values), (ushort*)row + at);

    /// <inheritdoc/>
    public static void StoreRest(void* row, long at, long count, Vector512<float> values)
    {
        ushort* padded = stackalloc ushort[16];
        Vector256.Store(Narrow(values), padded);
        new ReadOnlySpan<ushort>(padded, (int)count).CopyTo(new Span<ushort>((ushort*)row + at, (int)count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen(Vector256<ushort> stored)
    {
        if (Avx512F.IsSupported)
        {
            return (Avx512F.ConvertToVector512UInt32(stored) << 16).AsSingle();
        }

        var (lower, upper) = Vector256.Widen(stored);
        return (Vector512.Create(lower, upper) << 16).AsSingle();
    }

    // Adding half of the last kept place, and one more where that place is odd, rounds to even; on a NaN it could carry into the sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Narrow(Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >>> 16) & Vector512<uint>.One)) >>> 16;
        rounded = Vector512.ConditionalSelect(Vector512.Equals(values, values).AsUInt32(), rounded, Vector512.Create((uint)NotANumber));
        return Avx512F.IsSupported ? Avx512F.ConvertToVector256UInt16(rounded) : Vector256.Narrow(rounded.GetLower(), rounded.GetUpper());
    }
}

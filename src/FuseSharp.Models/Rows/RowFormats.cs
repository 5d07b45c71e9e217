using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FuseSharp.Models.Rows;

/// <summary>float32.</summary>
internal readonly struct FloatFormat : IRowFormat
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe (Vector512<float> First, Vector512<float> Second) Load(RowParts row, CodeTable table, long block)
        => (Vector512.Load((float*)row.Codes + (block * 32)), Vector512.Load((float*)row.Codes + (block * 32) + 16));
}

/// <summary>Codes of four bits with a scale for 32: byte i has number i below and number i + 16 above, as in ggml.</summary>
internal readonly struct NibbleFormat : IRowFormat
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe (Vector512<float> First, Vector512<float> Second) Load(RowParts row, CodeTable table, long block)
    {
        var codes = Vector128.Load(row.Codes + (block * 16));
        var scale = Vector512.Create(row.Scales[block]);
        if (!Avx512F.IsSupported)
        {
            return (CodeLanes.LookUp(table, codes & Vector128.Create((byte)15)) * scale, CodeLanes.LookUp(table, codes >>> 4) * scale);
        }

        // Only the four lowest bits of an index count.
        var wide = Avx512F.ConvertToVector512Int32(codes);
        var scaled = table.Numbers * scale;
        return (Avx512F.PermuteVar16x32(scaled, wide), Avx512F.PermuteVar16x32(scaled, wide >>> 4));
    }
}

/// <summary>The same with a minimum for 32.</summary>
internal readonly struct NibbleMinimumFormat : IRowFormat
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe (Vector512<float> First, Vector512<float> Second) Load(RowParts row, CodeTable table, long block)
    {
        var codes = Vector128.Load(row.Codes + (block * 16));
        var scale = Vector512.Create(row.Scales[block]);
        var minimum = Vector512.Create(row.Minima[block]);
        if (!Avx512F.IsSupported)
        {
            return (Vector512.FusedMultiplyAdd(CodeLanes.LookUp(table, codes & Vector128.Create((byte)15)), scale, minimum),
                Vector512.FusedMultiplyAdd(CodeLanes.LookUp(table, codes >>> 4), scale, minimum));
        }

        var wide = Avx512F.ConvertToVector512Int32(codes);
        var scaled = Vector512.FusedMultiplyAdd(table.Numbers, scale, minimum);
        return (Avx512F.PermuteVar16x32(scaled, wide), Avx512F.PermuteVar16x32(scaled, wide >>> 4));
    }
}

/// <summary>Codes of eight bits with a scale for 32.</summary>
internal readonly struct ByteFormat : IRowFormat
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe (Vector512<float> First, Vector512<float> Second) Load(RowParts row, CodeTable table, long block)
    {
        sbyte* codes = (sbyte*)row.Codes + (block * 32);
        var scale = Vector512.Create(row.Scales[block]);
        return (CodeLanes.Widen(Vector128.Load(codes)) * scale, CodeLanes.Widen(Vector128.Load(codes + 16)) * scale);
    }
}

/// <summary>The same with a minimum for 32.</summary>
internal readonly struct ByteMinimumFormat : IRowFormat
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe (Vector512<float> First, Vector512<float> Second) Load(RowParts row, CodeTable table, long block)
    {
        sbyte* codes = (sbyte*)row.Codes + (block * 32);
        var scale = Vector512.Create(row.Scales[block]);
        var minimum = Vector512.Create(row.Minima[block]);
        return (Vector512.FusedMultiplyAdd(CodeLanes.Widen(Vector128.Load(codes)), scale, minimum), Vector512.FusedMultiplyAdd(CodeLanes.Widen(Vector128.Load(codes + 16)), scale, minimum));
    }
}

/// <summary>Codes of eight bits with a scale for 16.</summary>
internal readonly struct ByteHalvesFormat : IRowFormat
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe (Vector512<float> First, Vector512<float> Second) Load(RowParts row, CodeTable table, long block)
    {
        sbyte* codes = (sbyte*)row.Codes + (block * 32);
        return (CodeLanes.Widen(Vector128.Load(codes)) * Vector512.Create(row.Scales[block * 2]),
            CodeLanes.Widen(Vector128.Load(codes + 16)) * Vector512.Create(row.Scales[(block * 2) + 1]));
    }
}

/// <summary>Codes as sixteen float32.</summary>
internal static class CodeLanes
{
    /// <summary>What codes of four bits stand for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LookUp(CodeTable table, Vector128<byte> codes) => Widen(Vector128.Shuffle(table.Codes, codes.AsSByte()));

    /// <summary>Bytes as numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector128<sbyte> codes)
    {
        if (Avx512F.IsSupported)
        {
            return Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(codes));
        }

        if (Avx2.IsSupported)
        {
            var upper = Vector128.Shuffle(codes, Vector128.Create(8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0));
            return Vector512.Create(Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(codes)), Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(upper)));
        }

        var (low, high) = Vector128.Widen(codes);
        var (first, second) = Vector128.Widen(low);
        var (third, fourth) = Vector128.Widen(high);
        return Vector512.Create(
            Vector256.Create(Vector128.ConvertToSingle(first), Vector128.ConvertToSingle(second)),
            Vector256.Create(Vector128.ConvertToSingle(third), Vector128.ConvertToSingle(fourth)));
    }
}

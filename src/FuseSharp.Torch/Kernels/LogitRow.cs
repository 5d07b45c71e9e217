using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FuseSharp.Torch.Kernels;

/// <summary>Sums over one row of logits, computed in float32 whatever it is stored in.</summary>
internal static unsafe class LogitRow
{
    /// <summary>The largest number.</summary>
    [MethodImpl(KernelRows.Compiled)]
    public static float Largest<T>(byte* row, long size)
        where T : IStoredNumber
    {
        var lowest = Vector512.Create(float.NegativeInfinity);
        var largest = lowest;
        long i = 0;
        for (; i + 16 <= size; i += 16)
        {
            largest = Vector512.MaxNative(largest, T.Load(row, i));
        }

        return Lanes.Largest(i < size ? Vector512.MaxNative(largest, Lanes.First(size - i, T.LoadRest(row, i, size - i), lowest)) : largest);
    }

    /// <summary>Σ exp(x − largest).</summary>
    [MethodImpl(KernelRows.Compiled)]
    public static double SumOfExponentials<T>(byte* row, float largest, long size)
        where T : IStoredNumber
    {
        var shift = Vector512.Create(largest);
        var sums = Vector512<float>.Zero;
        var others = Vector512<float>.Zero;
        long i = 0;
        for (; i + 32 <= size; i += 32)
        {
            sums += Lanes.Exp(T.Load(row, i) - shift);
            others += Lanes.Exp(T.Load(row, i + 16) - shift);
        }

        for (; i < size; i += 16)
        {
            long rest = Math.Min(16, size - i);
            var power = Lanes.Exp((rest == 16 ? T.Load(row, i) : T.LoadRest(row, i, rest)) - shift);
            sums += rest == 16 ? power : Lanes.First(rest, power, Vector512<float>.Zero);
        }

        return Sum(sums, others);
    }

    /// <summary>Both vectors' lanes, added in double.</summary>
    public static double Sum(Vector512<float> sums, Vector512<float> others)
    {
        double sum = 0;
        for (int lane = 0; lane < 16; lane++)
        {
            sum += (double)sums[lane] + others[lane];
        }

        return sum;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FuseSharp.Models.Kernels;

/// <summary>Sums over one row of logits, computed in float32 whatever it is stored in.</summary>
public static unsafe class LogitRow
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
    /// <param name="row">Where the row starts.</param>
    /// <param name="largest">Of <see cref="Largest"/>.</param>
    /// <param name="size">Numbers of the row.</param>
    /// <param name="kept">[size, to whole sixteens] gets every exponential; null to keep none.</param>
    [MethodImpl(KernelRows.Compiled)]
    public static double SumOfExponentials<T>(byte* row, float largest, long size, float* kept = null)
        where T : IStoredNumber
    {
        var shift = Vector512.Create(largest);
        var sums = Vector512<float>.Zero;
        var others = Vector512<float>.Zero;
        long i = 0;
        for (; i + 32 <= size; i += 32)
        {
            var power = Lanes.Exp(T.Load(row, i) - shift);
            var other = Lanes.Exp(T.Load(row, i + 16) - shift);
            sums += power;
            others += other;
            if (kept != null)
            {
                Vector512.Store(power, kept + i);
                Vector512.Store(other, kept + i + 16);
            }
        }

        for (; i < size; i += 16)
        {
            long rest = Math.Min(16, size - i);
            var power = Lanes.Exp((rest == 16 ? T.Load(row, i) : T.LoadRest(row, i, rest)) - shift);
            power = rest == 16 ? power : Lanes.First(rest, power, Vector512<float>.Zero);
            sums += power;
            if (kept != null)
            {
                Vector512.Store(power, kept + i);
            }
        }

        double sum = 0;
        for (int lane = 0; lane < 16; lane++)
        {
            sum += (double)sums[lane] + others[lane];
        }

        return sum;
    }
}

using System.Diagnostics;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Scoring;

/// <summary>How fast the processor multiplies matrices in each number type, floating-point operations a second.</summary>
/// <param name="Float32">In float32.</param>
/// <param name="Bfloat16">In bfloat16.</param>
/// <remarks>Processor flags do not tell: with AMX bfloat16 runs at four to five times float32's rate, with AVX512-BF16 at twice that on one processor and at half of it on another. See decision 0087.</remarks>
public sealed record MatrixRates(double Float32, double Bfloat16)
{
    // A layer of a small model over some texts. On Zen 4 bfloat16 won there by 3.4 to 4.9 beside other work, and between 1.6 and 8 at all shapes of 4 rows and more.
    private const int Rows = 512;
    private const int Inner = 512;
    private const int Outer = 1536;

    private const int Rounds = 8;

    private static readonly Lazy<MatrixRates> _here = new(Measure);

    private static MatrixRates? _agreed;

    /// <summary>Those of this processor, measured at the first question: some 30 ms, once a process; or what was agreed on.</summary>
    public static MatrixRates OfThisProcessor => _agreed ?? _here.Value;

    /// <summary>Takes the rates of rank 0 for this process too: ranks that share work choose one number type, on whatever processors they run.</summary>
    /// <param name="rates">Of rank 0.</param>
    public static void Agree(MatrixRates rates) => _agreed = rates;

    /// <summary>How many times as fast as float32 bfloat16 is.</summary>
    public double Gain => Bfloat16 / Float32;

    /// <summary>The shortest time of some products, seconds: what else runs on the machine only lengthens them.</summary>
    /// <param name="type">Number type.</param>
    /// <param name="device">Where.</param>
    /// <param name="rows">Of the left matrix, [rows, inner].</param>
    /// <param name="inner">Summed over.</param>
    /// <param name="outer">Columns of the right one, [inner, outer].</param>
    /// <param name="goesOn">Whether to time another; asked after each, with the number of those that were timed.</param>
    public static double ShortestTime(ScalarType type, Device device, int rows, int inner, int outer, Func<int, bool> goesOn)
    {
        SignalRoom.Widen();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (left, right) = (ones([rows, inner], type, device), ones([outer, inner], type, device));
        double best = double.PositiveInfinity;
        int timed = 0;
        do
        {
            using var round = NewDisposeScope();
            long started = Stopwatch.GetTimestamp();
            _ = nn.functional.linear(left, right).select(0, 0).select(0, 0).to(ScalarType.Float32).cpu(); // a graphics processor is waited for
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        while (goesOn(++timed));

        return best;
    }

    // In turn, so that what else runs falls on both; the first of each prepares what later ones reuse.
    private static MatrixRates Measure()
    {
        double[] best = [double.PositiveInfinity, double.PositiveInfinity];
        ScalarType[] types = [ScalarType.Float32, ScalarType.BFloat16];
        for (int round = 0; round < Rounds; round++)
        {
            for (int t = 0; t < types.Length; t++)
            {
                best[t] = Math.Min(best[t], ShortestTime(types[t], CPU, Rows, Inner, Outer, n => n < 2));
            }
        }

        const double Operations = 2.0 * Rows * Inner * Outer;
        return new MatrixRates(Operations / best[0], Operations / best[1]);
    }
}

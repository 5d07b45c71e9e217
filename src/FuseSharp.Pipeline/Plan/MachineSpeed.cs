using System.Diagnostics;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Plan;

/// <summary>How fast this machine multiplies matrices.</summary>
public static class MachineSpeed
{
    // Benchmark train: a step takes up to 1.6 times as long as its matrix products.
    private const double ShareOfProducts = 1 / 1.6;

    /// <summary>Floating-point operations a second that a training reaches, from a second of matrix products.</summary>
    /// <param name="type">Working type.</param>
    /// <param name="device">Where it runs.</param>
    public static double Measure(ScalarType type, Device device)
    {
        const int Rows = 2048;
        const int Width = 1024;
        SignalRoom.Widen();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (left, right) = (ones([Rows, Width], type, device), ones([Width, Width], type, device));
        double best = 0;
        var total = Stopwatch.StartNew();
        while (total.Elapsed.TotalSeconds < 1)
        {
            using var round = NewDisposeScope();
            long started = Stopwatch.GetTimestamp();
            _ = left.matmul(right).select(0, 0).select(0, 0).to(ScalarType.Float32).cpu();
            best = Math.Max(best, 2.0 * Rows * Width * Width / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        return best * ShareOfProducts;
    }
}

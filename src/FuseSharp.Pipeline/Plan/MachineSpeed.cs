using System.Diagnostics;
using FuseSharp.Models.Scoring;
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
        var total = Stopwatch.StartNew();
        double shortest = MatrixRates.ShortestTime(type, device, Rows, Width, Width, _ => total.Elapsed.TotalSeconds < 1);
        return 2.0 * Rows * Width * Width / shortest * ShareOfProducts;
    }
}

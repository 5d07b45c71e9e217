using System.Runtime.InteropServices;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge;

/// <summary>Spherical interpolation (Shoemake 1985) from the base to one other model, each tensor taken as one vector.</summary>
/// <remarks>
/// With θ the angle between both: sin((1−t)θ)/sin θ · base + sin(tθ)/sin θ · other. Nearly parallel tensors are interpolated linearly.
/// </remarks>
/// <param name="t">0 gives the base, 1 the other.</param>
internal sealed class SlerpMerge(double t) : IMergeMethod
{
    // Both thresholds are mergekit's: beyond the first sin θ is too small to divide by, below the second a vector has no direction.
    private const double ParallelCosine = 0.9995;
    private const double SmallestNorm = 1e-8;

    public Tensor Merge(MergeInputs inputs)
    {
        var from = inputs.ReadBase(buffer: 0);
        using var to = inputs.Read(0, buffer: 1);
        var (share, otherShare) = Shares(Cosine(from, to));
        return from.mul_(RootedScalar.Of(share)).add_(to, RootedScalar.Of(otherShare));
    }

    private (double Base, double Other) Shares(double cosine)
    {
        if (Math.Abs(cosine) > ParallelCosine)
        {
            return (1 - t, t);
        }

        double angle = Math.Acos(cosine);
        return (Math.Sin((1 - t) * angle) / Math.Sin(angle), Math.Sin(t * angle) / Math.Sin(angle));
    }

    private static double Cosine(Tensor a, Tensor b)
    {
        double dot = 0;
        double squaresA = 0;
        double squaresB = 0;
        foreach (var ((pieceA, _), (pieceB, _)) in TensorChunks.Cut(a).Zip(TensorChunks.Cut(b)))
        {
            var numbersA = MemoryMarshal.Cast<byte, float>(pieceA.bytes);
            var numbersB = MemoryMarshal.Cast<byte, float>(pieceB.bytes);
            for (int i = 0; i < numbersA.Length; i++)
            {
                double x = numbersA[i];
                double y = numbersB[i];
                dot += x * y;
                squaresA += x * x;
                squaresB += y * y;
            }
        }

        // A vector without a direction is left as it is, not made a unit vector.
        static double Length(double squares) => Math.Sqrt(squares) is var norm && norm > SmallestNorm ? norm : 1;
        return dot / (Length(squaresA) * Length(squaresB));
    }
}

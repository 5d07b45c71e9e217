namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Spherical interpolation (Shoemake 1985) from the base to one other model, each tensor taken as one vector.</summary>
/// <remarks>
/// With θ the angle between both: sin((1−t)θ)/sin θ · base + sin(tθ)/sin θ · other. Nearly parallel tensors are interpolated linearly.
/// </remarks>
internal sealed class SlerpShares : ISpanShares
{
    // Both thresholds are mergekit's: beyond the first sin θ is too small to divide by, below the second a vector has no direction.
    private const double ParallelCosine = 0.9995;
    private const double SmallestNorm = 1e-8;

    public bool StartsAtBase => true;

    public bool IsOfChanges(bool hasBase) => false;

    public VectorKind KindOf(MergeNumbers numbers) => VectorKind.Whole;

    public double[] Shares(double[,] products, MergeNumbers numbers, string name)
    {
        double t = numbers.Shared(p => p.T, 0);
        double cosine = products[0, 1] / (Length(products[0, 0]) * Length(products[1, 1]));
        if (Math.Abs(cosine) > ParallelCosine)
        {
            return [1 - t, t];
        }

        double angle = Math.Acos(cosine);
        return [Math.Sin((1 - t) * angle) / Math.Sin(angle), Math.Sin(t * angle) / Math.Sin(angle)];
    }

    // A vector without a direction is left as it is, not made a unit vector.
    private static double Length(double square) => Math.Sqrt(square) is var norm && norm > SmallestNorm ? norm : 1;
}

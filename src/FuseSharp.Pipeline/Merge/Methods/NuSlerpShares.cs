namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Spherical interpolation between two models by their weights, or between what both changed of a base (mergekit's NuSLERP).</summary>
/// <remarks>With t = w₁/(w₀ + w₁), θ the angle: sin((1−t)θ)/sin θ · v₀ + sin(tθ)/sin θ · v₁; vectors on one line are interpolated linearly.</remarks>
internal sealed class NuSlerpShares : ISpanShares
{
    // mergekit's.
    private const double SmallestSum = 1e-6;
    private const double SmallestNorm = 1e-7;
    private const double SmallestSine = 1e-8;

    public bool StartsAtBase => false;

    public bool IsOfChanges(bool hasBase) => hasBase;

    public VectorKind KindOf(MergeNumbers numbers)
        => numbers.Setting(p => p.NuslerpFlatten, true) ? VectorKind.Whole
            : numbers.Setting(p => p.NuslerpRowWise, false) ? VectorKind.FirstDimension : VectorKind.LastDimension;

    public double[] Shares(double[,] products, MergeNumbers numbers, string name)
    {
        double[] weights = numbers.OfModels(p => p.Weight, 1);
        double sum = weights[0] + weights[1];
        double t = Math.Abs(sum) < SmallestSum ? 0.5 : weights[1] / sum;
        double length = Math.Max(Math.Sqrt(products[0, 0]), SmallestNorm) * Math.Max(Math.Sqrt(products[1, 1]), SmallestNorm);
        double angle = Math.Acos(Math.Clamp(products[0, 1] / length, -1, 1));
        double sine = Math.Sin(angle);
        return Math.Abs(sine) < SmallestSine ? [1 - t, t] : [Math.Sin((1 - t) * angle) / sine, Math.Sin(t * angle) / sine];
    }
}

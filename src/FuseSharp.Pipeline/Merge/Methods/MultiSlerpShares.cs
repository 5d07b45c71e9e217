using FuseSharp.Errors;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Weighted mean on the sphere in one step (mergekit's Multi-SLERP): directions are laid into the plane that touches the sphere at their mean, summed there, and laid back.</summary>
/// <remarks>The result has the weighted mean of the lengths. With a base it is all made of what the models changed.</remarks>
internal sealed class MultiSlerpShares : ISpanShares
{
    private const double DefaultEpsilon = 1e-8; // mergekit's

    public bool StartsAtBase => false;

    public bool IsOfChanges(bool hasBase) => hasBase;

    public VectorKind KindOf(MergeNumbers numbers) => VectorKind.Whole;

    public double[] Shares(double[,] products, MergeNumbers numbers, string name)
    {
        int count = products.GetLength(0);
        double epsilon = numbers.Setting(p => p.Eps, DefaultEpsilon);
        double[] weights = numbers.OfModels(p => p.Weight, 1);
        double total = numbers.Setting(p => p.NormalizeWeights, true) ? weights.Sum() : 1;
        weights = [.. weights.Select(w => w / total)];
        if (count == 1)
        {
            return [1];
        }

        double[] lengths = [.. weights.Select((_, i) => Math.Sqrt(products[i, i]))];

        // All in shares of the vectors: the mean direction is Σ meanᵢ·vᵢ.
        double[] mean = [.. weights.Select((w, i) => w / (lengths[i] + epsilon))];
        double meanLength = Math.Sqrt(Product(mean, mean, products));
        if (meanLength < epsilon)
        {
            return count == 2 ? weights
                : throw new UsageException($"The weighted directions of tensor '{name}' cancel out, and multislerp has no point to start from. Choose other weights.");
        }

        mean = [.. mean.Select(m => m / meanLength)];
        double[] tangent = new double[count];
        for (int i = 0; i < count; i++)
        {
            double[] unit = new double[count];
            unit[i] = 1 / (lengths[i] + epsilon);
            double along = Product(unit, mean, products);
            for (int j = 0; j < count; j++)
            {
                tangent[j] += weights[i] * (unit[j] - (along * mean[j]));
            }
        }

        double way = Math.Sqrt(Math.Max(0, Product(tangent, tangent, products))) + epsilon;
        double length = weights.Select((w, i) => w * lengths[i]).Sum();
        return [.. mean.Select((m, i) => length * ((m * Math.Cos(way)) + (tangent[i] * Math.Sin(way) / way)))];
    }

    /// <summary>The product of two sums of the vectors.</summary>
    internal static double Product(double[] a, double[] b, double[,] products)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            for (int j = 0; j < b.Length; j++)
            {
                sum += a[i] * b[j] * products[i, j];
            }
        }

        return sum;
    }
}

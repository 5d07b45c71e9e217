namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Model Stock (Jang et al. 2024): from the base towards the mean of n tuned models, as far as the angle θ between their changes tells.</summary>
/// <remarks>t = n·cos θ / (1 + (n − 1)·cos θ), with the mean cosine of all pairs, as in mergekit; the result is base + t · mean change.</remarks>
internal sealed class ModelStockShares : ISpanShares
{
    private const double SmallestProduct = 1e-6; // mergekit's, of two lengths

    public bool StartsAtBase => false;

    public bool IsOfChanges(bool hasBase) => true;

    public VectorKind KindOf(MergeNumbers numbers) => numbers.Setting(p => p.FilterWise, false) ? VectorKind.LastDimension : VectorKind.Whole;

    public double[] Shares(double[,] products, MergeNumbers numbers, string name)
    {
        int count = products.GetLength(0);
        double cosines = 0;
        for (int i = 0; i < count; i++)
        {
            for (int j = i + 1; j < count; j++)
            {
                cosines += Math.Clamp(products[i, j] / Math.Max(Math.Sqrt(products[i, i] * products[j, j]), SmallestProduct), -1, 1);
            }
        }

        double cosine = cosines / (count * (count - 1) / 2);
        double t = count * cosine / (1 + ((count - 1) * cosine));
        return [.. Enumerable.Repeat(t / count, count)];
    }
}

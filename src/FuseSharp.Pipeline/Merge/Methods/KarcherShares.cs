namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>The Karcher mean of models' directions, all of one weight: the point on the sphere with the least sum of squared angles, found step by step; its length is their mean length.</summary>
/// <remarks>A step goes from u along Σ θᵢ/sin θᵢ · (vᵢ − cos θᵢ · u)/n. Thresholds are mergekit's.</remarks>
internal sealed class KarcherShares : ISpanShares
{
    private const int DefaultSteps = 10;
    private const double DefaultTolerance = 1e-5;

    public bool StartsAtBase => false;

    public bool IsOfChanges(bool hasBase) => false;

    public VectorKind KindOf(MergeNumbers numbers) => VectorKind.Whole;

    public double[] Shares(double[,] products, MergeNumbers numbers, string name)
    {
        int count = products.GetLength(0);
        double tolerance = numbers.Setting(p => p.Tol, DefaultTolerance);
        double[] lengths = [.. Enumerable.Range(0, count).Select(i => Math.Sqrt(products[i, i]))];
        int[] used = [.. Enumerable.Range(0, count).Where(i => lengths[i] > tolerance)];
        if (used.Length == 0)
        {
            return new double[count];
        }

        // All in shares of the vectors.
        double[] place = new double[count];
        foreach (int i in used)
        {
            place[i] = 1 / (used.Length * lengths[i]);
        }

        if (Length(place, products) < tolerance)
        {
            place = new double[count];
            place[used[0]] = 1 / lengths[used[0]];
        }

        place = Scaled(place, 1 / Length(place, products));
        for (int step = 0; step < numbers.Setting(p => p.MaxIter, DefaultSteps); step++)
        {
            double[] way = Way(place, used, lengths, products, tolerance);
            double length = Length(way, products);
            if (length < tolerance)
            {
                break;
            }

            place = [.. place.Select((p, i) => (Math.Cos(length) * p) + (Math.Sin(length) / length * way[i]))];
            place = Scaled(place, 1 / Length(place, products));
        }

        return Scaled(place, used.Sum(i => lengths[i]) / count);
    }

    private static double[] Way(double[] place, int[] used, double[] lengths, double[,] products, double tolerance)
    {
        double[] way = new double[place.Length];
        foreach (int i in used)
        {
            double[] unit = new double[place.Length];
            unit[i] = 1 / lengths[i];
            double cosine = Math.Clamp(MultiSlerpShares.Product(place, unit, products), -1, 1);
            double angle = Math.Acos(cosine);
            for (int j = 0; angle >= tolerance && j < way.Length; j++)
            {
                way[j] += angle / Math.Sin(angle) / used.Length * (unit[j] - (cosine * place[j]));
            }
        }

        return way;
    }

    private static double Length(double[] shares, double[,] products) => Math.Sqrt(Math.Max(0, MultiSlerpShares.Product(shares, shares, products)));

    private static double[] Scaled(double[] shares, double factor) => [.. shares.Select(s => s * factor)];
}

namespace FuseSharp.Evaluation.Code;

/// <summary>The probability that at least one of k programs passes.</summary>
public static class PassAtK
{
    /// <summary>1 − C(n − c, k)/C(n, k), the unbiased estimator of Chen et al. 2021.</summary>
    /// <param name="n">Programs that were written, at least k.</param>
    /// <param name="c">Those that passed.</param>
    /// <param name="k">At least 1.</param>
    public static double Compute(int n, int c, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, k);
        double none = 1;
        for (int i = n - c + 1; i <= n; i++)
        {
            none *= Math.Max(0, 1 - ((double)k / i)); // as a product: the binomials themselves overflow
        }

        return 1 - none;
    }
}

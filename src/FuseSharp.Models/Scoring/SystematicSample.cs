using System.Runtime.Intrinsics;
using FuseSharp.Models.Kernels;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Scoring;

/// <summary>k candidates of a row of weights that stand for all of it: the expected weight of every candidate is its own.</summary>
/// <remarks>
/// The largest keep their weight as long as it is more than an equal share of what is left for the places that are left, τ = rest ÷ places. The places are then drawn from the others, each
/// with a chance of weight ÷ τ, and each counts τ. Of all unbiased choices of k this one errs least in squares (Barnes et al. 2024, "Efficient unbiased sparsification"). Places are drawn by
/// systematic sampling: points at an equal distance τ over the running sum, of which one random number moves all; no candidate is met twice.
/// <code>
/// weights      0.5   0.2   0.1   0.1   0.06  0.04     k = 3: 0.5 &gt; 1/3 is kept; 0.2 &lt;= 0.5/2 is not, so τ = 0.25
/// kept         0.5   0.25        0.25                 0.2 is met with a chance of 0.8, 0.1 with 0.4, 0.04 with 0.16
/// </code>
/// </remarks>
internal static unsafe class SystematicSample
{
    /// <summary>A number from 0 to below 1 for each position of a sequence: what is drawn depends on the sequence alone, not on its batch or on the process.</summary>
    /// <param name="ids">The sequence.</param>
    /// <returns>[ids.Length].</returns>
    public static double[] PointsOf(int[] ids)
    {
        var draws = new SeededDraws((long)ids.Aggregate(0UL, (hash, id) => SeededDraws.Append(hash, id)));
        double[] points = new double[ids.Length];
        for (int t = 0; t < points.Length; t++)
        {
            points[t] = draws.Next();
        }

        return points;
    }

    /// <summary>Replaces the largest weights of one row by its sample.</summary>
    /// <param name="weights">[count, with room for whole sixteens], ≥ 0; lost on return.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="kept">[k] the largest of them, in falling order; on return the weights of the sample, in falling order, 0 where there are fewer.</param>
    /// <param name="ids">[k] whose they are.</param>
    /// <param name="point">Where the points lie, as a part of their distance: 0 to below 1.</param>
    public static void Draw(float* weights, int count, Span<float> kept, Span<int> ids, double point)
    {
        int rounded = (count + Vector512<float>.Count - 1) / Vector512<float>.Count * Vector512<float>.Count;
        new Span<float>(weights + count, rounded - count).Clear();
        double rest = 0;
        for (int i = 0; i < count; i += Vector512<float>.Count)
        {
            rest += Vector512.Sum(Vector512.Load(weights + i));
        }

        int whole = 0;
        for (; whole < kept.Length - 1 && kept[whole] > rest / (kept.Length - whole); whole++)
        {
            rest -= kept[whole];
            weights[ids[whole]] = 0;
        }

        double share = rest / (kept.Length - whole);
        double next = point * share;
        double sum = 0;
        int drawn = whole;
        for (int i = 0; i < count && drawn < kept.Length; i += Vector512<float>.Count)
        {
            double beyond = sum + Vector512.Sum(Vector512.Load(weights + i));
            double within = sum;
            for (int j = i; beyond > next && j < i + Vector512<float>.Count && drawn < kept.Length; j++)
            {
                within += weights[j];
                if (within > next)
                {
                    (kept[drawn], ids[drawn]) = ((float)share, j);
                    drawn++;
                    next = (point + drawn - whole) * share;
                }
            }

            sum = beyond;
        }

        kept[drawn..].Clear();
    }

    /// <summary>The same for rows where they are.</summary>
    /// <param name="weights">[rows, candidates], ≥ 0.</param>
    /// <param name="points">[rows, 1] float64, each from 0 to below 1.</param>
    /// <param name="k">At most as many as candidates.</param>
    /// <returns>Weights and ids, both [rows, k], weights in falling order and 0 where there are fewer.</returns>
    public static (Tensor Weights, Tensor Ids) Draw(Tensor weights, Tensor points, int k)
    {
        var all = weights.to(ScalarType.Float64);
        var largest = all.topk(k).values;                                                                             // [rows, k]
        var places = tensor([.. Enumerable.Range(0, k).Select(i => (double)(k - i))], [1, k]).GoTo(weights.device);   // that are left if so many are kept
        var shares = (all.sum(1, true) - (largest.cumsum(1) - largest)) / places;                                     // [rows, k]: τ then
        var whole = (largest > shares).narrow(1, 0, k - 1).sum(1, true, ScalarType.Int64);                            // [rows, 1]
        var share = shares.gather(1, whole);
        var nothing = zeros_like(all);
        var others = where(all > share, nothing, all);
        var sums = others.cumsum(1);
        // A point lies in a candidate's part of the running sum where it has more points behind its end than behind its beginning.
        var isDrawn = ((sums / share) - points).ceil() > (((sums - others) / share) - points).ceil();
        var (values, ids) = where(all > share, all, where(isDrawn, share, nothing)).topk(k);
        return (values.to(ScalarType.Float32), ids);
    }
}

namespace FuseSharp.Testing.Oracles;

/// <summary>Candidates that stand for a whole distribution as the definition says it: the largest one by one, the others by points over their running sum.</summary>
public static class SystematicSampleOracle
{
    /// <summary>What each candidate counts that is not kept with its own weight.</summary>
    /// <param name="weights">≥ 0.</param>
    /// <param name="k">How many are kept.</param>
    public static double Share(IEnumerable<float> weights, int k) => Split([.. weights.Select(w => (double)w)], k).Share;

    /// <summary>The sample.</summary>
    /// <param name="weights">≥ 0.</param>
    /// <param name="k">How many are kept.</param>
    /// <param name="point">Where the points lie between one share and the next: 0 to below 1.</param>
    /// <returns>By candidate what it stands for.</returns>
    public static Dictionary<int, double> Draw(double[] weights, int k, double point)
    {
        var (whole, share) = Split(weights, k);
        var sample = whole.ToDictionary(i => i, i => weights[i]);
        int[] others = [.. Enumerable.Range(0, weights.Length).Except(whole)];
        for (int p = 0; p < k - whole.Length; p++)
        {
            double place = share * (p + point);
            double sum = 0;
            sample.Add(others.First(i => (sum += weights[i]) > place), share);
        }

        return sample;
    }

    private static (int[] Whole, double Share) Split(double[] weights, int k)
    {
        var whole = new List<int>();
        foreach (int largest in Enumerable.Range(0, weights.Length).OrderByDescending(i => weights[i]))
        {
            double share = Enumerable.Range(0, weights.Length).Except(whole).Sum(i => weights[i]) / (k - whole.Count);
            if (weights[largest] <= share)
            {
                return ([.. whole], share);
            }

            whole.Add(largest);
        }

        throw new ArgumentException("At most k weights above 0.", nameof(weights));
    }
}

namespace FuseSharp.Testing.Oracles;

/// <summary>A row over a target's vocabulary as its definition says it: the softmax of all logits, in double, summed token by token.</summary>
public static class ProjectionOracle
{
    /// <summary>The probability of every candidate.</summary>
    /// <param name="logits">[tokens], those that exist only in the embedding included.</param>
    /// <param name="candidateOf">The candidate that a token counts for; −1 for none.</param>
    /// <param name="candidates">How many there are.</param>
    public static double[] Sums(float[] logits, Func<int, int> candidateOf, int candidates)
    {
        double largest = logits.Max();
        double all = logits.Sum(l => Math.Exp(l - largest));
        double[] sums = new double[candidates];
        for (int token = 0; token < logits.Length; token++)
        {
            if (candidateOf(token) is >= 0 and var candidate)
            {
                sums[candidate] += Math.Exp(logits[token] - largest) / all;
            }
        }

        return sums;
    }
}

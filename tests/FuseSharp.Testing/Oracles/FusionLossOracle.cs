using FuseSharp.Fusion.Fuse;

namespace FuseSharp.Testing.Oracles;

/// <summary>The loss by its definition, in double: a softmax over the whole vocabulary, the distances as sums, gradients by differences.</summary>
public static class FusionLossOracle
{
    /// <summary>Weighted losses of one position.</summary>
    /// <param name="logits">[vocabulary] of the student.</param>
    /// <param name="label">True next token.</param>
    /// <param name="labelWeight">Of the language-model loss.</param>
    /// <param name="candidates">What the fused distribution says; a token may stand twice, then both shares add up.</param>
    /// <param name="fusionWeight">Of the fusion loss.</param>
    /// <param name="missing">What happens to mass outside the candidates; for <see cref="MissingProbability.TrueToken"/> it must stand in the candidates already.</param>
    /// <param name="divergence">Which distance.</param>
    public static (double LanguageModel, double Fusion) Loss(
        double[] logits, int label, double labelWeight, IReadOnlyList<(int Id, double Probability)> candidates, double fusionWeight, MissingProbability missing, FusionDivergence divergence)
    {
        double sum = logits.Sum(Math.Exp);
        double[] q = [.. logits.Select(l => Math.Exp(l) / sum)];
        // Outcomes with what the teachers and the student give to each: the candidates, and with a bucket all other tokens together.
        var outcomes = candidates.Select(c => (P: c.Probability, Q: q[c.Id])).ToList();
        if (missing == MissingProbability.Bucket)
        {
            int[] named = [.. candidates.Select(c => c.Id)];
            outcomes.Add((Math.Max(0, 1 - candidates.Sum(c => c.Probability)), q.Where((_, v) => !named.Contains(v)).Sum()));
        }

        double distance = outcomes.Where(o => o.P > 0).Sum(o => o.P * ((divergence == FusionDivergence.Kl ? Math.Log(o.P) : 0) - Math.Log(o.Q)));
        return (labelWeight * -Math.Log(q[label]), fusionWeight * distance);
    }

    /// <summary>Derivatives of a function by central differences.</summary>
    /// <param name="of">The function.</param>
    /// <param name="at">Where.</param>
    public static double[] Gradient(Func<double[], double> of, double[] at)
    {
        const double Step = 1e-5; // its square, 1e-10, is what the differences are wrong by
        return [.. at.Select((value, i) =>
        {
            double[] up = [.. at];
            double[] down = [.. at];
            up[i] = value + Step;
            down[i] = value - Step;
            return (of(up) - of(down)) / (2 * Step);
        })];
    }
}

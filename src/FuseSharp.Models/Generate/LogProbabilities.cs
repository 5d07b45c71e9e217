using FuseSharp.Errors;


namespace FuseSharp.Models.Generate;

/// <summary>Reads log-probabilities off logits.</summary>
internal static class LogProbabilities
{
    /// <summary>The most likely tokens of one place.</summary>
    /// <param name="logits">[head's rows].</param>
    /// <param name="vocabularySize">Rows from here on stand for no token: they count in the normalizer and are never among the most likely.</param>
    /// <param name="count">How many, at least 0.</param>
    /// <returns>log Σ exp(logit), which a logit less is its log-probability; and the tokens, most likely first, of equally likely ones the lower id.</returns>
    /// <exception cref="NotFiniteException">The logits are no numbers.</exception>
    public static (double Normalizer, TokenLogProbability[] TopTokens) Top(ReadOnlySpan<float> logits, int vocabularySize, int count)
    {
        float largest = logits[Sampler.Largest(logits)];
        double sum = 0;
        var kept = new PriorityQueue<int, (float Logit, int Id)>(); // the least likely of those kept first
        for (int i = 0; i < logits.Length; i++)
        {
            sum += Math.Exp(logits[i] - largest);
            if (i < vocabularySize && count > 0 && (kept.Count < count || logits[i] > logits[kept.Peek()]))
            {
                kept.Enqueue(i, (logits[i], -i));
                if (kept.Count > count)
                {
                    kept.Dequeue();
                }
            }
        }

        double normalizer = largest + Math.Log(sum);
        if (!double.IsFinite(normalizer))
        {
            throw Sampler.NotFinite();
        }

        var top = new TokenLogProbability[kept.Count];
        for (int i = top.Length - 1; i >= 0; i--)
        {
            int id = kept.Dequeue();
            top[i] = new TokenLogProbability(id, logits[id] - normalizer);
        }

        return (normalizer, top);
    }
}

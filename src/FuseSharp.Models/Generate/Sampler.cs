using FuseSharp.Errors;
using FuseSharp.Models.Kernels;

namespace FuseSharp.Models.Generate;

/// <summary>Draws the next token from logits.</summary>
/// <remarks>Penalties, temperature, top-k, top-p and min-p apply in this order, as in Hugging Face's <c>generate</c>; of equal logits the lower id comes first.</remarks>
/// <param name="options">How.</param>
public sealed class Sampler(GenerateOptions options)
{
    private readonly SeededDraws _draws = new(DrawSeed.Derive(options.Seed));

    /// <summary>Whether the most likely token is taken, whatever stands before it: nothing but that token need be known.</summary>
    internal bool TakesLargest => options is { Temperature: 0, RepetitionPenalty: 1, PresencePenalty: 0, FrequencyPenalty: 0 };

    /// <summary>The next token.</summary>
    /// <param name="logits">[vocabulary]; changed.</param>
    /// <param name="present">Tokens so far, prompt included, each once.</param>
    /// <param name="written">How often each token was written behind the prompt; null for none.</param>
    /// <exception cref="NotFiniteException">The logits are no numbers.</exception>
    public int Next(Span<float> logits, IReadOnlyCollection<int> present, IReadOnlyDictionary<int, int>? written = null)
    {
        Penalize(logits, present, written);
        int largest = Largest(logits);
        if (!float.IsFinite(logits[largest]))
        {
            throw NotFinite();
        }

        return options.Temperature == 0 ? largest : Draw(Candidates(logits, logits[largest]));
    }

    internal static NotFiniteException NotFinite() => new("The model's logits are not finite. Take precision float32, or weights that were not damaged in training.");

    /// <summary>The most likely token; of equally likely ones the first.</summary>
    internal static int Largest(ReadOnlySpan<float> logits)
    {
        int largest = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            largest = logits[i] > logits[largest] || float.IsNaN(logits[i]) ? i : largest;
        }

        return largest;
    }

    private void Penalize(Span<float> logits, IReadOnlyCollection<int> present, IReadOnlyDictionary<int, int>? written)
    {
        float penalty = (float)options.RepetitionPenalty;
        foreach (int id in penalty == 1 ? [] : present)
        {
            logits[id] = logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty;
        }

        if (written is null || (options.PresencePenalty == 0 && options.FrequencyPenalty == 0))
        {
            return;
        }

        foreach (var (id, times) in written)
        {
            logits[id] -= (float)(options.PresencePenalty + (times * options.FrequencyPenalty));
        }
    }

    // Weights relative to the most likely token's, largest first where the options cut some off.
    private List<(int Id, double Weight)> Candidates(ReadOnlySpan<float> logits, float largest)
    {
        double[] weights = new double[logits.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = Math.Exp((logits[i] - largest) / options.Temperature);
        }

        // A bound that keeps all that can be drawn makes the sorted list short. What is below (1 − p)/V of the whole weighs less than 1 − p together.
        bool cutsCount = options.TopK > 0 && options.TopK < weights.Length;
        double bound = Math.Max(options.MinP, cutsCount ? WeightOfRank(weights, options.TopK) : (1 - options.TopP) * weights.Sum() / weights.Length);
        var kept = new List<(int Id, double Weight)>();
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] >= bound)
            {
                kept.Add((i, weights[i]));
            }
        }

        if (bound > 0)
        {
            kept.Sort((a, b) => a.Weight != b.Weight ? b.Weight.CompareTo(a.Weight) : a.Id.CompareTo(b.Id));
            int count = cutsCount ? Math.Min(options.TopK, kept.Count) : kept.Count;
            kept.RemoveRange(count, kept.Count - count);
            CutAtTopP(kept, cutsCount ? kept.Sum(c => c.Weight) : weights.Sum());
        }

        return kept;
    }

    // Keeps the smallest set that reaches p; the most likely token always stays.
    private void CutAtTopP(List<(int Id, double Weight)> kept, double whole)
    {
        double reached = 0;
        for (int i = 0; i < kept.Count - 1; i++)
        {
            reached += kept[i].Weight / whole;
            if (reached >= options.TopP)
            {
                kept.RemoveRange(i + 1, kept.Count - i - 1);
                return;
            }
        }
    }

    private static double WeightOfRank(double[] weights, int rank)
    {
        var largest = new PriorityQueue<double, double>();
        foreach (double weight in weights)
        {
            if (largest.Count < rank)
            {
                largest.Enqueue(weight, weight);
            }
            else if (weight > largest.Peek())
            {
                largest.EnqueueDequeue(weight, weight);
            }
        }

        return largest.Peek();
    }

    private int Draw(List<(int Id, double Weight)> candidates)
    {
        double draw = _draws.Next() * candidates.Sum(c => c.Weight);
        foreach (var (id, weight) in candidates)
        {
            draw -= weight;
            if (draw < 0)
            {
                return id;
            }
        }

        return candidates[^1].Id;
    }
}

using FuseSharp.Core.Recipes;

namespace FuseSharp.Torch.Generate;

/// <summary>Draws the next token from logits.</summary>
/// <remarks>Repetition penalty, temperature, top-k and top-p apply in this order, as in Hugging Face's <c>generate</c>; equal logits stand in id order.</remarks>
/// <param name="options">How.</param>
public sealed class Sampler(GenerateOptions options)
{
    private readonly Random _random = new(unchecked((int)options.Seed));

    /// <summary>The next token.</summary>
    /// <param name="logits">[vocabulary]; changed.</param>
    /// <param name="history">Tokens so far, prompt included.</param>
    public int Next(Span<float> logits, IReadOnlyCollection<int> history)
    {
        Penalize(logits, history);
        if (options.Temperature == 0)
        {
            return Largest(logits);
        }

        int[] ids = [.. Enumerable.Range(0, logits.Length)];
        float[] sorted = [.. logits];
        Array.Sort(sorted, ids, Comparer<float>.Create((a, b) => b.CompareTo(a)));
        int kept = options.TopK > 0 ? Math.Min(options.TopK, ids.Length) : ids.Length;
        double[] probabilities = new double[kept];
        double sum = 0;
        for (int i = 0; i < kept; i++)
        {
            probabilities[i] = Math.Exp((sorted[i] - sorted[0]) / options.Temperature);
            sum += probabilities[i];
        }

        // Top-p keeps the smallest set that reaches p; the likeliest token always stays.
        double reached = 0;
        int last = 0;
        for (; last < kept - 1; last++)
        {
            reached += probabilities[last] / sum;
            if (reached >= options.TopP)
            {
                break;
            }
        }

        double draw = _random.NextDouble() * probabilities.AsSpan(0, last + 1).ToArray().Sum();
        for (int i = 0; i < last; i++)
        {
            draw -= probabilities[i];
            if (draw < 0)
            {
                return ids[i];
            }
        }

        return ids[last];
    }

    private void Penalize(Span<float> logits, IReadOnlyCollection<int> history)
    {
        float penalty = (float)options.RepetitionPenalty;
        if (penalty == 1)
        {
            return;
        }

        foreach (int id in history.Distinct())
        {
            logits[id] = logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty;
        }
    }

    /// <summary>The likeliest token; of equally likely ones the first.</summary>
    internal static int Largest(ReadOnlySpan<float> logits)
    {
        int largest = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            largest = logits[i] > logits[largest] ? i : largest;
        }

        return largest;
    }
}

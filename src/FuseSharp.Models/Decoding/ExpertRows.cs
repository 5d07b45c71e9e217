using FuseSharp.Models.Families;
using FuseSharp.Models.Rows;

namespace FuseSharp.Models.Decoding;

/// <summary>Experts on rows: each expert that a text chose reads its weights once for all texts that chose it.</summary>
/// <param name="router">To a number for each expert.</param>
/// <param name="experts">All.</param>
/// <param name="shared">The one for every text; null for none.</param>
/// <param name="design">How many are chosen, and what their shares are.</param>
internal sealed unsafe class ExpertRows(RowMap router, FeedForwardRows[] experts, FeedForwardRows? shared, ExpertsDesign design) : FeedForwardRows
{
    /// <inheritdoc/>
    public override void Run(StateRows states, StateRows results, StepSpace space)
    {
        router.Run(states, space.Routed);
        var choices = Enumerable.Range(0, states.Count).SelectMany(t => Choose(new Span<float>(space.Routed.Row(t), experts.Length)).Select(c => (Text: t, c.Expert, c.Share)))
            .GroupBy(c => c.Expert).OrderBy(g => g.Key).Select(g => g.ToArray()).ToArray();
        if (shared is null)
        {
            results.Resize(states.Count, states.Width).Numbers.Clear();
        }
        else
        {
            shared.Run(states, results, space);
        }

        foreach (var own in choices)
        {
            space.Chosen.Resize(own.Length, states.Width);
            for (int i = 0; i < own.Length; i++)
            {
                new Span<float>(states.Row(own[i].Text), states.Width).CopyTo(new Span<float>(space.Chosen.Row(i), states.Width));
            }

            experts[own[0].Expert].Run(space.Chosen, space.Expert, space);
            for (int i = 0; i < own.Length; i++)
            {
                RowArithmetic.Add(space.Expert.Row(i), results.Row(own[i].Text), states.Width, own[i].Share);
            }
        }

        results.Changed();
    }

    // The likeliest experts, of equally likely ones the first, with their shares; NaN chooses the first ones and stays NaN.
    private (int Expert, float Share)[] Choose(Span<float> logits)
    {
        float largest = float.NegativeInfinity;
        foreach (float logit in logits)
        {
            largest = MathF.Max(largest, logit);
        }

        float sum = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            logits[i] = MathF.Exp(logits[i] - largest);
            sum += logits[i];
        }

        float[] shares = logits.ToArray();
        int[] chosen = [.. Enumerable.Range(0, shares.Length).OrderByDescending(e => shares[e]).Take(design.PerToken)];
        float whole = design.IsNormalized ? chosen.Sum(e => shares[e] / sum) : 1;
        return [.. chosen.Select(e => (e, shares[e] / sum / whole * (float)design.Scale))];
    }
}

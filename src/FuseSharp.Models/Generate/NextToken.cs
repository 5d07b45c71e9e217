using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace FuseSharp.Models.Generate;

/// <summary>What a model says of the next token of texts.</summary>
internal static class NextToken
{
    /// <summary>The logits behind some tokens.</summary>
    /// <param name="model">Only read.</param>
    /// <param name="states">[rows, hidden] the final states of the last token of each text.</param>
    /// <returns>[rows · head's rows]: those behind the tokenizer's vocabulary count in the normalizer, as in every score, and <see cref="Generation"/> never draws them.</returns>
    public static float[] Logits(LanguageModel model, Tensor states)
    {
        using var scope = NewDisposeScope();
        return model.Network.LogitsOf(states).to(ScalarType.Float32).cpu().data<float>().ToArray(); // [rows, head's rows]
    }

    /// <summary>Writes the next token of each of some texts.</summary>
    /// <remarks>Of a device as little is asked as the continuations need: where all take the most likely token, two numbers of each instead of all logits, with one copy. Others draw side by side on this machine's threads.</remarks>
    /// <param name="model">Only read.</param>
    /// <param name="states">[rows, hidden] the final states of the last token of each text.</param>
    /// <param name="continuations">One a row; null for rows that nobody continues.</param>
    public static void Write(LanguageModel model, Tensor states, IReadOnlyList<Generation?> continuations)
    {
        if (states.device_type != TorchSharp.DeviceType.CPU && continuations.All(c => c is null || c.TakesLargest))
        {
            using var scope = NewDisposeScope();
            double[] found = Largest(model.Network.LogitsOf(states), model.Tokenizer.Vocabulary.Count);
            for (int i = 0; i < continuations.Count; i++)
            {
                continuations[i]?.WriteLargest((int)found[continuations.Count + i], found[i]);
            }

            return;
        }

        float[] logits = Logits(model, states);
        int width = logits.Length / continuations.Count;
        try
        {
            Parallel.For(0, continuations.Count, i => continuations[i]?.Write(logits.AsSpan(i * width, width)));
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }
    }

    /// <summary>The most likely tokens, with one copy from where the logits are.</summary>
    /// <param name="logits">[rows, head's rows].</param>
    /// <param name="vocabularySize">Rows of the head from here on stand for no token.</param>
    /// <returns>[2 · rows]: the largest logits, NaN where there is one; their ids.</returns>
    internal static double[] Largest(Tensor logits, int vocabularySize)
    {
        using var scope = NewDisposeScope();
        var (largest, ids) = logits.narrow(1, 0, Math.Min(logits.shape[1], vocabularySize)).max(1);
        using var both = stack([largest.to(ScalarType.Float64), ids.to(ScalarType.Float64)]).cpu(); // ids are exact in float64
        return both.data<double>().ToArray();
    }
}

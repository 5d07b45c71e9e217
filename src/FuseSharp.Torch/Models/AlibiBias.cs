using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

/// <summary>ALiBi (Press et al. 2022): head h takes slope_h off a score for every token between query and key.</summary>
internal static class AlibiBias
{
    /// <summary>The slopes, steepest first; for head counts that are no power of two as the authors of MPT take them.</summary>
    /// <param name="heads">Number of heads.</param>
    /// <param name="largestBias">The flattest slope is 2 to the minus this.</param>
    public static float[] Slopes(int heads, double largestBias)
    {
        int power = 1;
        while (power < heads)
        {
            power *= 2;
        }

        float[] slopes = [.. Enumerable.Range(1, power).Select(i => (float)Math.Pow(2, -i * largestBias / power))];
        return power == heads ? slopes : [.. slopes.Where((_, i) => i % 2 == 1).Concat(slopes.Where((_, i) => i % 2 == 0)).Take(heads)];
    }

    /// <summary>The bias with the causal mask in it, made once for all blocks.</summary>
    /// <param name="slopes">Of the heads.</param>
    /// <param name="tokens">Queries.</param>
    /// <param name="read">Keys; the last ones are at the queries' own positions.</param>
    /// <param name="like">Gives type and device.</param>
    /// <returns>[1, heads, tokens, read]: −slope · distance, −∞ for keys behind the query.</returns>
    public static Tensor Of(float[] slopes, long tokens, long read, Tensor like)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var keys = arange(read, ScalarType.Float32, like.device);
        var queries = arange(read - tokens, read, ScalarType.Float32, like.device).unsqueeze(1);
        var distances = (keys - queries).unsqueeze(0); // [1, tokens, read], 0 at the query's own position
        // Distances from the query, not from the last token: near keys, which weigh most, then stay exact in bfloat16.
        var bias = (distances * tensor(slopes, device: like.device).view(-1, 1, 1)).masked_fill_(distances > 0, double.NegativeInfinity);
        return bias.unsqueeze(0).to(like.dtype).MoveToOuterDisposeScope();
    }
}

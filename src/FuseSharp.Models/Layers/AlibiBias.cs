using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

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

    // Added to each head; heads of other widths than multiples of 8 fall off the fast kernels.
    private const int Features = 8;

    /// <summary>Lets plain causal attention compute the bias: numbers are put behind each head's own, whose product is slope · (key − last key).</summary>
    /// <remarks>
    /// That differs from −slope · (query − key) by the same amount for all keys of a query, which the softmax does not see; no mask of heads · tokens² numbers is
    /// needed. Slope and distance are each the sum of two numbers that bfloat16 holds exactly, or nearly: distances as multiples of 256 and the rest.
    /// <code>
    /// query   s₁     s₁     s₂     s₂     0 0 0 0        s₁ + s₂ = slope · √(wider head), for the kernel divides by it
    /// key     256·a  b      256·a  b      0 0 0 0        256·a + b = key − last key
    /// value   0      0      0      0      0 0 0 0
    /// </code>
    /// </remarks>
    /// <param name="slopes">Of the heads.</param>
    /// <param name="q">[batch, heads, tokens, size].</param>
    /// <param name="k">Like <paramref name="q"/>.</param>
    /// <param name="v">Like <paramref name="q"/>.</param>
    /// <param name="scale">Of the scores without bias; null for 1/√size.</param>
    /// <returns>The three, [batch, heads, tokens, size + 8], for attention with the kernel's own scale.</returns>
    public static (Tensor Q, Tensor K, Tensor V) Widen(float[] slopes, Tensor q, Tensor k, Tensor v, double? scale)
    {
        long batch = q.shape[0];
        long tokens = q.shape[2];
        double kernelScale = Math.Sqrt(q.shape[3] + Features);
        Tensor queryFeatures;
        Tensor keyFeatures;
        Tensor none;
        using (no_grad())
        {
            using var scope = NewDisposeScope();
            var exact = tensor(slopes).GoTo(q.device).mul(RootedScalar.Of(kernelScale)).view(-1, 1, 1);
            var first = exact.to(ScalarType.BFloat16).to(ScalarType.Float32);
            var zero = zeros_like(first);
            var rest = exact - first;
            queryFeatures = cat([first, first, rest, rest, zero, zero, zero, zero], -1)                              // [heads, 1, 8]
                .expand(batch, -1, tokens, -1).to(q.dtype).MoveToOuterDisposeScope();
            var distances = arange(RootedScalar.Of(tokens - 1), RootedScalar.Of(-1), RootedScalar.Of(-1), ScalarType.Float32, q.device).view(-1, 1);
            var remainders = distances.remainder(RootedScalar.Of(256));
            var multiples = distances - remainders;
            keyFeatures = cat([multiples, remainders, multiples, remainders, zeros([tokens, 4], device: q.device)], -1).neg() // [tokens, 8]
                .expand(batch, slopes.Length, -1, -1).to(q.dtype).MoveToOuterDisposeScope();
            none = zeros([1], q.dtype, q.device).expand(batch, slopes.Length, tokens, Features).MoveToOuterDisposeScope();
        }

        double ownScale = scale ?? (1 / Math.Sqrt(q.shape[3]));
        return (cat([q.mul(RootedScalar.Of(ownScale * kernelScale)), queryFeatures], -1), cat([k, keyFeatures], -1), cat([v, none], -1));
    }

    /// <summary>The bias with the causal mask in it, made once for all blocks; for tokens behind a cache.</summary>
    /// <param name="slopes">Of the heads.</param>
    /// <param name="tokens">Queries.</param>
    /// <param name="read">Keys; the last ones are at the queries' own positions.</param>
    /// <param name="like">Gives type and device.</param>
    /// <returns>[1, heads, tokens, read]: −slope · distance, −∞ for keys behind the query.</returns>
    public static Tensor Create(float[] slopes, long tokens, long read, Tensor like)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var keys = TensorSums.Range(0, read, ScalarType.Float32, like.device);
        var queries = TensorSums.Range(read - tokens, read, ScalarType.Float32, like.device).unsqueeze(1);
        var distances = (keys - queries).unsqueeze(0); // [1, tokens, read], 0 at the query's own position
        // Distances from the query, not from the last token: near keys, which weigh most, then stay exact in bfloat16.
        var bias = (distances * tensor(slopes).GoTo(like.device).view(-1, 1, 1)).masked_fill_(distances > RootedScalar.Of(0), RootedScalar.Of(double.NegativeInfinity));
        return bias.unsqueeze(0).to(like.dtype).MoveToOuterDisposeScope();
    }
}

using FuseSharp.Models.Kernels;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>Attention to the tokens before, by blocks on a processor, elsewhere through libtorch's fused scaled-dot-product attention (the flash kernel on CUDA).</summary>
internal static class CausalAttention
{
    /// <summary>Keys that some queries can see: all of them, or with a window those that the first query still reaches.</summary>
    /// <param name="tokens">Queries.</param>
    /// <param name="read">Keys; the last ones are at the queries' own positions.</param>
    /// <param name="window">Tokens that a position sees, itself included; null for all.</param>
    public static long VisibleKeys(long tokens, long read, long? window) => window is { } size ? Math.Min(read, size + tokens - 1) : read;

    /// <summary>The mask over the visible keys, or null where <c>is_causal</c>, or nothing at all, says the same.</summary>
    /// <param name="tokens">Queries.</param>
    /// <param name="read">Keys; the last ones are at the queries' own positions.</param>
    /// <param name="window">Tokens that a position sees, itself included; null for all.</param>
    /// <param name="like">Gives type and device.</param>
    /// <returns>[tokens, visible keys]: 0 where a query sees a key, −∞ elsewhere.</returns>
    public static Tensor? MaskOf(long tokens, long read, long? window, Tensor like)
    {
        if (tokens == 1 || (tokens == read && (window is null || read <= window)))
        {
            return null;
        }

        using var noGradient = no_grad();
        long visible = VisibleKeys(tokens, read, window);
        var all = ones([tokens, visible], ScalarType.Bool, like.device);
        var hidden = all.triu(visible - tokens + 1);
        if (window is { } size)
        {
            hidden = hidden.logical_or(all.tril(visible - tokens - size));
        }

        return zeros([tokens, visible], like.dtype, like.device).masked_fill_(hidden, RootedScalar.Of(double.NegativeInfinity));
    }

    /// <summary>The mask for tokens behind a cache, whose sequences may begin at different positions.</summary>
    /// <param name="tokens">Queries.</param>
    /// <param name="cache">What was read before; null for nothing.</param>
    /// <param name="window">Tokens that a position sees, itself included; null for all.</param>
    /// <param name="like">Gives type and device.</param>
    /// <returns>As <see cref="MaskOf(long, long, long?, Tensor)"/>, or [batch, 1, tokens, visible keys].</returns>
    public static Tensor? MaskOf(long tokens, KeyValueCache? cache, long? window, Tensor like)
    {
        long read = (cache?.Length ?? 0) + tokens;
        return HidePadding(MaskOf(tokens, read, window, like), cache, read, VisibleKeys(tokens, read, window), like);
    }

    /// <summary>Hides the empty positions before shorter sequences as well.</summary>
    /// <param name="mask">Over the visible keys, or null for none.</param>
    /// <param name="cache">What was read before.</param>
    /// <param name="read">Keys.</param>
    /// <param name="visible">The last so many of them are under the mask.</param>
    /// <param name="like">Gives type and device.</param>
    public static Tensor? HidePadding(Tensor? mask, KeyValueCache? cache, long read, long visible, Tensor like)
    {
        if (cache?.Padding is not { } padding)
        {
            return mask;
        }

        using var noGradient = no_grad();
        var hidden = TensorSums.Range(read - visible, read, ScalarType.Int64, like.device) < tensor(padding, [padding.Length, 1, 1, 1]).GoTo(like.device);
        var empty = zeros([padding.Length, 1, 1, visible], like.dtype, like.device).masked_fill_(hidden, RootedScalar.Of(double.NegativeInfinity));
        return mask is null ? empty : empty.Plus(mask);
    }

    /// <summary>What each query takes from the values of the tokens before it.</summary>
    /// <param name="q">[batch, heads, tokens, size].</param>
    /// <param name="k">[batch, key heads, read, size], where read ≥ tokens: the last ones are q's own positions. Fewer heads are shared evenly.</param>
    /// <param name="v">Like <paramref name="k"/>.</param>
    /// <param name="mask">Added to the scores of the last keys, [tokens, keys] or [1 or batch, 1 or heads, tokens, keys]; null for plain causal attention.</param>
    /// <param name="window">Tokens that a position sees, itself included; null for all.</param>
    /// <param name="scale">Of the scores; null for 1/√size.</param>
    /// <returns>[batch, tokens, heads · size].</returns>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor? mask, long? window = null, double? scale = null)
    {
        if (mask is null && q.shape[2] > 1 && q.shape[2] == k.shape[2] && q.shape[3] == v.shape[3] && KernelRows.Fit(q))
        {
            return BlockedAttention.Run(q, k, v, scale ?? (1 / Math.Sqrt(q.shape[3])));
        }

        if (scale is { } wanted)
        {
            q = q.mul(RootedScalar.Of(wanted * Math.Sqrt(q.shape[3]))); // the kernel itself divides by √size
        }

        long tokens = q.shape[2];
        long read = k.shape[2];
        long visible = VisibleKeys(tokens, read, window);
        if (visible < read)
        {
            k = k.narrow(2, read - visible, visible);
            v = v.narrow(2, read - visible, visible);
        }

        long groups = q.shape[1] / k.shape[1];
        if (groups > 1 && tokens == 1)
        {
            // The heads that share a key are so many queries to it: nothing needs to be repeated.
            return nn.functional.scaled_dot_product_attention(q.reshape(q.shape[0], k.shape[1], groups, -1), k, v, mask!).flatten(1).unsqueeze(1);
        }

        if (groups > 1)
        {
            k = k.repeat_interleave(groups, 1);
            v = v.repeat_interleave(groups, 1);
        }

        var mixed = nn.functional.scaled_dot_product_attention(q, k, v, mask!, is_casual: mask is null && tokens > 1);
        return mixed.transpose(1, 2).flatten(2);
    }

    /// <summary>The same with what fused attention has not: capped scores, and sinks that take a share of the softmax. In float32 between scores and weights.</summary>
    /// <param name="q">[batch, heads, tokens, size].</param>
    /// <param name="k">[batch, key heads, read, size].</param>
    /// <param name="v">Like <paramref name="k"/>.</param>
    /// <param name="mask">As of <see cref="Attend"/>.</param>
    /// <param name="window">Tokens that a position sees, itself included; null for all.</param>
    /// <param name="scale">Of the scores; null for 1/√size.</param>
    /// <param name="cap">Scores become cap · tanh(score / cap); null for none.</param>
    /// <param name="sinks">[heads]: a number beside each head's scores; null for none.</param>
    /// <returns>[batch, tokens, heads · size].</returns>
    public static Tensor AttendWith(Tensor q, Tensor k, Tensor v, Tensor? mask, long? window, double? scale, double? cap, Tensor? sinks)
    {
        long tokens = q.shape[2];
        long read = k.shape[2];
        long visible = VisibleKeys(tokens, read, window);
        long groups = q.shape[1] / k.shape[1];
        k = k.narrow(2, read - visible, visible).repeat_interleave(groups, 1);
        v = v.narrow(2, read - visible, visible).repeat_interleave(groups, 1);
        var scores = q.matmul(k.transpose(2, 3)).to(ScalarType.Float32).mul(RootedScalar.Of(scale ?? (1 / Math.Sqrt(q.shape[3]))));
        scores = cap is { } largest ? SoftCap.Run(scores, largest) : scores;
        if (mask is not null)
        {
            scores = scores.Plus(mask);
        }
        else if (tokens > 1)
        {
            var later = ones([tokens, visible], ScalarType.Bool, q.device).triu(visible - tokens + 1);
            scores = scores.masked_fill(later, RootedScalar.Of(double.NegativeInfinity));
        }

        var weights = sinks is null ? scores.softmax(-1)
            : cat([scores, sinks.to(ScalarType.Float32).view(1, -1, 1, 1).expand(q.shape[0], -1, tokens, 1)], -1).softmax(-1).narrow(-1, 0, visible);
        return weights.to(v.dtype).matmul(v).transpose(1, 2).flatten(2);
    }
}

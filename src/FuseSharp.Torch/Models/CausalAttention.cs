using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

/// <summary>Attention to the tokens before, through libtorch's fused kernel.</summary>
internal static class CausalAttention
{
    /// <summary>Mixes values by attention.</summary>
    /// <param name="q">[batch, heads, tokens, size].</param>
    /// <param name="k">[batch, heads, read, size], where read ≥ tokens: the last ones are q's own positions.</param>
    /// <param name="v">Like <paramref name="k"/>.</param>
    /// <param name="bias">[1, heads, 1, read], added to the scores, or null.</param>
    /// <param name="scale">Of the scores; null for 1/√size.</param>
    public static Tensor Mix(Tensor q, Tensor k, Tensor v, Tensor? bias, double? scale)
    {
        if (scale is { } wanted)
        {
            q = q * (wanted * Math.Sqrt(q.shape[3]));
        }

        long tokens = q.shape[2];
        long read = k.shape[2];
        if (bias is null && (tokens == read || tokens == 1))
        {
            return nn.functional.scaled_dot_product_attention(q, k, v, is_casual: tokens > 1);
        }

        var mask = zeros([tokens, read], q.dtype, q.device)
            .masked_fill_(ones([tokens, read], ScalarType.Bool, q.device).triu(read - tokens + 1), double.NegativeInfinity);
        return nn.functional.scaled_dot_product_attention(q, k, v, bias is null ? mask : mask + bias);
    }
}

namespace FuseSharp.Torch.Evaluate;

/// <summary>Bits per byte over a set of texts.</summary>
/// <param name="BitsPerByte">Σ bits / Σ bytes.</param>
/// <param name="StandardError">Of it over the texts, as a ratio estimate; 0 for one text.</param>
/// <param name="PerplexityPerToken">exp of the mean nats of a token: not comparable across tokenizers.</param>
/// <param name="Bytes">UTF-8 bytes in all.</param>
/// <param name="Tokens">Predicted tokens in all.</param>
public sealed record BitsPerByteResult(double BitsPerByte, double StandardError, double PerplexityPerToken, long Bytes, long Tokens)
{
    internal static BitsPerByteResult Of(double[] nats, double[] bytes, long tokens)
    {
        double bits = nats.Sum() / Math.Log(2);
        double allBytes = bytes.Sum();
        double ratio = bits / allBytes;
        int n = nats.Length;

        // Variance of a ratio of sums by linearization: residuals bitsᵢ − ratio · bytesᵢ.
        double residuals = nats.Zip(bytes, (a, b) => Math.Pow((a / Math.Log(2)) - (ratio * b), 2)).Sum();
        double error = n < 2 ? 0 : Math.Sqrt(residuals * n / (n - 1)) / allBytes;
        return new BitsPerByteResult(ratio, error, Math.Exp(nats.Sum() / Math.Max(1, tokens)), (long)allBytes, tokens);
    }
}

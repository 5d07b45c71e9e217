namespace FuseSharp.Fusion.Records;

/// <summary>What a model expects at the positions of one document: the k largest logits of each, in one flat array.</summary>
/// <remarks>Candidates are the model's own tokens, or a target's where rows were projected onto its vocabulary; logits are then log-probabilities, and normalizers 0. Row t holds <c>Indices[t·K .. t·K+K)</c> and predicts the token at t + 1. Rows shorter than K end with index −1.</remarks>
/// <param name="K">Candidates of a position.</param>
/// <param name="Indices">Token ids, [positions · K], largest logit first; −1 where a row has fewer candidates.</param>
/// <param name="Logits">[positions · K]; what stands beside an index of −1 is without meaning.</param>
/// <param name="LogNormalizers">[positions]: log Σ exp(logit) over the whole vocabulary, so that exp(logit − it) is a true probability.</param>
public sealed record TopKLogits(int K, int[] Indices, Half[] Logits, float[] LogNormalizers)
{
    /// <summary>Number of positions.</summary>
    public int Positions => LogNormalizers.Length;
}

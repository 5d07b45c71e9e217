using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;

namespace FuseSharp.Models.Export;

/// <summary>Divisors of the frequencies of rotary positions, which are tensors in GGUF files.</summary>
internal static class RotaryDivisors
{
    /// <summary>Llama 3's, or LongRoPE's two lists; none for models without.</summary>
    /// <param name="config">Whose.</param>
    /// <returns>llama.cpp's names with [pairs] numbers each.</returns>
    public static IReadOnlyList<(string Name, float[] Numbers)> Tensors(ModelConfig config)
    {
        var rotary = DecoderDesign.Has(config) ? DecoderDesign.FromConfig(config).Layers[0].Attention.Rotary : null;
        return rotary?.Scaling switch
        {
            Llama3Scaling => [("rope_freqs.weight", Divisors(rotary, 1))],
            LongRopeScaling scaling =>
            [
                ("rope_factors_long.weight", [.. scaling.LongFactors.Select(f => (float)f)]),
                ("rope_factors_short.weight", [.. scaling.ShortFactors.Select(f => (float)f)]),
            ],
            _ => [],
        };
    }

    private static float[] Divisors(RotaryPositions rotary, long length)
        => [.. new LinearScaling("default", 1).Frequencies(rotary.Size, rotary.Theta, 1).Zip(rotary.Frequencies(length), (p, s) => p / s)];
}

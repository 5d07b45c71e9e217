using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Decoding;

/// <summary>Cosines and sines of the next position of some texts.</summary>
/// <param name="positions">Kind of positions.</param>
internal sealed class StepAngles(RotaryPositions positions)
{
    private float[] _cos = [];
    private float[] _sin = [];

    /// <summary>Pairs of a head that turn.</summary>
    public int Pairs => positions.Size / 2;

    /// <summary>Whether neighbours are a pair.</summary>
    public bool IsInterleaved => positions.IsInterleaved;

    /// <summary>Of a text's next position.</summary>
    /// <param name="text">Its number.</param>
    public (ReadOnlyMemory<float> Cos, ReadOnlyMemory<float> Sin) Of(int text) => (_cos.AsMemory(text * Pairs, Pairs), _sin.AsMemory(text * Pairs, Pairs));

    /// <summary>Computes them.</summary>
    /// <param name="lengths">Tokens of each text before this one.</param>
    public void Prepare(long[] lengths)
    {
        if (_cos.Length < lengths.Length * Pairs)
        {
            (_cos, _sin) = (new float[lengths.Length * Pairs], new float[lengths.Length * Pairs]);
        }

        float factor = (float)positions.Scaling.AttentionFactor;
        for (int text = 0; text < lengths.Length; text++)
        {
            float[] frequencies = positions.Frequencies(lengths[text] + 1);
            for (int i = 0; i < Pairs; i++)
            {
                var (sin, cos) = MathF.SinCos(lengths[text] * frequencies[i]); // in float32, as where a whole text is read
                _cos[(text * Pairs) + i] = cos * factor;
                _sin[(text * Pairs) + i] = sin * factor;
            }
        }
    }
}

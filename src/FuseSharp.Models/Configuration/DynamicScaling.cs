namespace FuseSharp.Models.Configuration;

/// <summary>NTK-aware scaling that grows with the text: base · (f·n/trained − (f − 1))^(d/(d − 2)) for n tokens beyond the trained length.</summary>
/// <remarks>The angles of all positions change as a text grows past the trained length. Keys in a cache keep the angles with which they were made, as in Hugging Face:
/// beyond that length, and only there, a text read in parts is answered differently from one read at once.</remarks>
/// <param name="factor">f, at least 1.</param>
/// <param name="trainedLength">Tokens.</param>
internal sealed class DynamicScaling(double factor, double trainedLength) : RotaryScaling("dynamic")
{
    /// <inheritdoc/>
    public override double Factor => factor;

    /// <inheritdoc/>
    public override float[] Frequencies(int size, double theta, long length)
        => base.Frequencies(size, length > trainedLength ? theta * Math.Pow((factor * length / trainedLength) - (factor - 1), size / (size - 2.0)) : theta, length);

    /// <inheritdoc/>
    public override long LengthClass(long tokens) => Math.Max(0, tokens - (long)trainedLength);
}

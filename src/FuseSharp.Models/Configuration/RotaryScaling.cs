namespace FuseSharp.Models.Configuration;

/// <summary>How the angles of rotary positions change so that a model reads longer texts than it was trained on.</summary>
/// <param name="kind">Hugging Face's name, <c>default</c> for none.</param>
internal abstract class RotaryScaling(string kind)
{
    /// <summary>Hugging Face's name, <c>default</c> for none.</summary>
    public string Kind => kind;

    /// <summary>How many times longer the texts are; 1 where no number says it.</summary>
    public virtual double Factor => 1;

    /// <summary>What cosines and sines are multiplied by, so that scores grow by its square.</summary>
    public virtual double AttentionFactor => 1;

    /// <summary>The angle per position of each pair.</summary>
    /// <param name="size">Numbers of a head that turn, two a pair.</param>
    /// <param name="theta">Base of the frequencies.</param>
    /// <param name="length">Tokens of the text.</param>
    /// <returns>[size/2].</returns>
    public virtual float[] Frequencies(int size, double theta, long length)
        => [.. Enumerable.Range(0, size / 2).Select(i => (float)Scaled(Math.Pow(theta, -2.0 * i / size), i, size, theta))];

    /// <summary>Texts of one class have the same angles.</summary>
    /// <param name="tokens">Of a text.</param>
    public virtual long LengthClass(long tokens) => 0;

    /// <summary>A frequency as it is after scaling, where that does not depend on the text.</summary>
    /// <param name="frequency">As it would be without.</param>
    /// <param name="pair">Which.</param>
    /// <param name="size">Numbers of a head that turn.</param>
    /// <param name="theta">Base of the frequencies.</param>
    protected virtual double Scaled(double frequency, int pair, int size, double theta) => frequency;
}

namespace FuseSharp.Models.Rows;

/// <summary>How codes of weights are kept.</summary>
/// <param name="GroupSize">Numbers with a scale in common, 16 or 32.</param>
/// <param name="Table">What the sixteen codes of four bits stand for; null for codes of eight bits, which stand for themselves.</param>
/// <param name="HasMinima">Whether each group has a number that is added.</param>
internal sealed record CodeForm(int GroupSize, sbyte[]? Table, bool HasMinima)
{
    /// <summary>Bytes of a number, with its part of its group's scale and minimum.</summary>
    public double BytesOfNumber => (Table is null ? 1 : 0.5) + ((HasMinima ? 2.0 : 1) * sizeof(float) / GroupSize);

    /// <summary>Bytes of a row's codes.</summary>
    /// <param name="inputs">Numbers of the row.</param>
    public long CodeBytes(long inputs) => Table is null ? inputs : inputs / 2;
}

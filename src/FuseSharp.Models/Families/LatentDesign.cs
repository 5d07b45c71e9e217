namespace FuseSharp.Models.Families;

/// <summary>Keys and values that come from a narrow state, the latent, as in DeepSeek-V2.</summary>
/// <param name="Width">Of the latent.</param>
/// <param name="PlainSize">Numbers of a query's or key's head that do not turn; they stand before those that do.</param>
/// <param name="TurningSize">Numbers that turn, of the key's the same for all heads.</param>
/// <param name="ValueSize">Numbers of a value's head.</param>
internal sealed record LatentDesign(int Width, int PlainSize, int TurningSize, int ValueSize);

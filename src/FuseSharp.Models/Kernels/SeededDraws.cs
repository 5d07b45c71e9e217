namespace FuseSharp.Models.Kernels;

/// <summary>Numbers drawn from a seed of 64 bits: SplitMix64 (Steele, Lea and Flood 2014). <see cref="Random"/> takes 31 of them, and a seed and its negative are one to it.</summary>
/// <param name="seed">Any number.</param>
internal sealed class SeededDraws(long seed)
{
    // 2⁶⁴ / φ, odd.
    private const ulong Step = 0x9E3779B97F4A7C15;

    private ulong _state = (ulong)seed;

    /// <summary>The next number, at least 0 and below 1, with 53 random bits.</summary>
    public double Next()
    {
        _state = unchecked(_state + Step);
        return (Mix(_state) >> 11) * (1.0 / (1L << 53));
    }

    /// <summary>The hash of a sequence that goes on by a number.</summary>
    /// <param name="hash">Of what stands before.</param>
    /// <param name="number">What follows.</param>
    public static ulong Append(ulong hash, long number) => Mix(hash ^ Mix(unchecked((ulong)number + Step)));

    /// <summary>Spreads every bit of a number over all of it; one to one.</summary>
    public static ulong Mix(ulong value)
    {
        value = unchecked((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9);
        value = unchecked((value ^ (value >> 27)) * 0x94D049BB133111EB);
        return value ^ (value >> 31);
    }
}

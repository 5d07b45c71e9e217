using FuseSharp.Models.Kernels;

namespace FuseSharp.Models.Generate;

/// <summary>Gives every draw a seed of its own.</summary>
/// <remarks>Hashed, not counted up: the draws of seed s and of seed s + 1 share nothing, whatever their places.</remarks>
public static class DrawSeed
{
    /// <summary>Stands for a seed from the system's entropy: another one each time.</summary>
    public const long FromSystem = -1;

    /// <summary>The seed of one draw.</summary>
    /// <param name="seed">Any number; <see cref="FromSystem"/> draws one.</param>
    /// <param name="places">Which draw: request, prompt, choice.</param>
    /// <returns>Never <see cref="FromSystem"/>.</returns>
    public static long Derive(long seed, params ReadOnlySpan<long> places)
    {
        ulong hash = seed == FromSystem ? BitConverter.ToUInt64(Guid.NewGuid().ToByteArray().AsSpan(8)) ^ BitConverter.ToUInt64(Guid.NewGuid().ToByteArray()) : (ulong)seed;
        hash = SeededDraws.Mix(hash);
        foreach (long place in places)
        {
            hash = SeededDraws.Append(hash, place);
        }

        return (long)hash == FromSystem ? 0 : (long)hash;
    }
}

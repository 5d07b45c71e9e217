using System.Numerics;
using System.Runtime.CompilerServices;

namespace FuseSharp.Fusion.Spelling;

/// <summary>How often each symbol stands in a token, capped at two, in two words: a bound of the edit distance from a few operations.</summary>
/// <param name="First">Half of the buckets, two bits each: at least once, at least twice.</param>
/// <param name="Second">The other half.</param>
internal readonly record struct CountSignature(ulong First, ulong Second)
{
    /// <summary>Buckets of a signature.</summary>
    public const int Buckets = 64;

    /// <summary>The signature of a token.</summary>
    /// <param name="token">Symbols.</param>
    /// <param name="bucketOf">[symbols]: 0 … 63.</param>
    public static CountSignature Compute(ReadOnlySpan<int> token, ReadOnlySpan<byte> bucketOf)
    {
        ulong first = 0;
        ulong second = 0;
        foreach (int symbol in token)
        {
            int bucket = bucketOf[symbol];
            ref ulong word = ref (bucket < Buckets / 2 ? ref first : ref second);
            ulong once = 1UL << (2 * (bucket % (Buckets / 2)));
            // The second bit is the first one shifted: set where the symbol was there before.
            word |= once | ((word & once) << 1);
        }

        return new(first, second);
    }

    /// <summary>Which symbols share a bucket: the most frequent ones have their own.</summary>
    /// <param name="symbols">All symbols of the tokens searched.</param>
    /// <param name="count">Number of symbols.</param>
    /// <returns>[symbols]: buckets.</returns>
    public static byte[] BucketsOf(ReadOnlySpan<int> symbols, int count)
    {
        int[] frequencies = new int[count];
        foreach (int symbol in symbols)
        {
            frequencies[symbol]++;
        }

        const int Own = 48;
        byte[] buckets = new byte[count];
        int rank = 0;
        foreach (int symbol in Enumerable.Range(0, count).OrderByDescending(s => frequencies[s]))
        {
            int bucket = rank < Own ? rank : Own + rank % (Buckets - Own);
            // Even ranks into the first word, odd ones into the second: each word alone tells much.
            buckets[symbol] = (byte)(bucket / 2 + bucket % 2 * (Buckets / 2));
            rank++;
        }

        return buckets;
    }

    /// <summary>Bits that are set.</summary>
    public int Count => BitOperations.PopCount(First) + BitOperations.PopCount(Second);

    /// <summary>Bits that are set in both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Shared(CountSignature other) => BitOperations.PopCount(First & other.First) + BitOperations.PopCount(Second & other.Second);

    /// <summary>A number that the edit distance cannot be below: an edit takes at most one symbol from one token's counts and adds at most one to the other's.</summary>
    public int LowerBound(CountSignature other) => Math.Max(Count, other.Count) - Shared(other);
}

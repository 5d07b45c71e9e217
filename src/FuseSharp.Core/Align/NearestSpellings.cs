using System.Numerics;
using FuseSharp.Core.Spelling;

namespace FuseSharp.Core.Align;

/// <summary>For each spelling of one side of a document a number that no distance to another spelling of the other side is below.</summary>
/// <remarks>Working space of one thread.</remarks>
internal sealed class NearestSpellings
{
    // The other side's spellings in the order of their lengths.
    private int[] _lengths = [];
    private int[] _numbers = [];
    private (CountSignature Signature, int Spelling)[] _others = [];

    /// <summary>Computes the bounds.</summary>
    /// <param name="side">Whose spellings.</param>
    /// <param name="other">What they are compared with; an equal one does not count.</param>
    /// <param name="bounds">[spellings of the side], written; 0 where the other side holds nothing else.</param>
    public void Write(SpellingSet side, SpellingSet other, Span<int> bounds)
    {
        if (_lengths.Length < other.Count)
        {
            (_lengths, _numbers) = (new int[2 * other.Count], new int[2 * other.Count]);
            _others = new (CountSignature, int)[2 * other.Count];
        }

        var lengths = _lengths.AsSpan(0, other.Count);
        var numbers = _numbers.AsSpan(0, other.Count);
        other.Lengths.CopyTo(lengths);
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = i;
        }

        lengths.Sort(numbers);
        for (int i = 0; i < numbers.Length; i++)
        {
            _others[i] = (other.Signatures[numbers[i]], other.Spellings[numbers[i]]);
        }

        for (int i = 0; i < side.Count; i++)
        {
            bounds[i] = Nearest(side.Spellings[i], side.Lengths[i], side.Signatures[i], lengths);
        }
    }

    // Outward from the spelling's own length: what is further away in length than the best cannot be nearer.
    private int Nearest(int spelling, int length, CountSignature signature, ReadOnlySpan<int> lengths)
    {
        int above = lengths.BinarySearch(length);
        above = above < 0 ? ~above : above;
        int below = above - 1;
        int best = int.MaxValue;
        while (best > 1)
        {
            int shorter = below >= 0 ? length - lengths[below] : int.MaxValue;
            int longer = above < lengths.Length ? lengths[above] - length : int.MaxValue;
            int apart = Math.Min(shorter, longer);
            if (apart >= best)
            {
                break;
            }

            ref readonly var other = ref _others[longer <= shorter ? above++ : below--];
            // Half of the signature tells most of them from the best so far.
            if (BitOperations.PopCount(signature.First & ~other.Signature.First) < best && other.Spelling != spelling)
            {
                best = Math.Min(best, Math.Max(Math.Max(1, apart), signature.LowerBound(other.Signature)));
            }
        }

        return best == int.MaxValue ? 0 : best;
    }
}

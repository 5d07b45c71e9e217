namespace FuseSharp.Core.Align;

/// <summary>For each spelling of one side of a document a number that no distance to another spelling of the other side is below.</summary>
/// <remarks>Working space of one thread.</remarks>
/// <param name="spellings">Of both vocabularies.</param>
internal sealed class NearestSpellings(TokenSpellings spellings)
{
    private int[] _lengths = [];
    private int[] _others = [];

    /// <summary>Computes the bounds.</summary>
    /// <param name="side">Whose spellings.</param>
    /// <param name="other">What they are compared with; an equal one does not count.</param>
    /// <param name="bounds">[spellings of the side], written; ≥ 1.</param>
    public void Write(SpellingSet side, SpellingSet other, Span<int> bounds)
    {
        if (_others.Length < other.Count)
        {
            (_others, _lengths) = (new int[2 * other.Count], new int[2 * other.Count]);
        }

        for (int i = 0; i < other.Count; i++)
        {
            _others[i] = other.Spellings[i];
            _lengths[i] = spellings.LengthOf(_others[i]);
        }

        var others = _others.AsSpan(0, other.Count);
        var lengths = _lengths.AsSpan(0, other.Count);
        lengths.Sort(others);
        for (int i = 0; i < side.Count; i++)
        {
            bounds[i] = Nearest(side.Spellings[i], others, lengths);
        }
    }

    // Outward from the spelling's own length: what is further away in length than the best cannot be nearer.
    private int Nearest(int spelling, ReadOnlySpan<int> others, ReadOnlySpan<int> lengths)
    {
        int length = spellings.LengthOf(spelling);
        int above = lengths.BinarySearch(length);
        above = above < 0 ? ~above : above;
        int below = above - 1;
        int best = int.MaxValue;
        while (best > 1)
        {
            int shorter = below >= 0 ? length - lengths[below] : int.MaxValue;
            int longer = above < lengths.Length ? lengths[above] - length : int.MaxValue;
            if (Math.Min(shorter, longer) >= best)
            {
                break;
            }

            int other = others[longer <= shorter ? above++ : below--];
            if (other != spelling)
            {
                best = Math.Min(best, spellings.LowerBound(spelling, other));
            }
        }

        // Nothing but itself on the other side: whatever leaves the path can only meet an equal token, which is free.
        return best == int.MaxValue ? 0 : best;
    }
}

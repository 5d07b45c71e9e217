using System.Numerics;
using System.Runtime.InteropServices;
using FuseSharp.Fusion.Spelling;

namespace FuseSharp.Fusion.Align;

/// <summary>For each spelling of one side of a document a number that no distance to another spelling of the other side is below.</summary>
/// <remarks>Working space of one thread.</remarks>
internal sealed class NearestSpellings
{
    // Above it the bits of a difference are counted, up to it they are cleared one by one, many spellings at a time.
    private const int FewBits = 4;

    // The other side's spellings in the order of their lengths; [lengths + 1] where each length begins.
    private int[] _starts = [];
    private int[] _spellings = [];
    private ulong[] _first = [];
    private ulong[] _second = [];
    private int _longest;

    /// <summary>Computes the bounds.</summary>
    /// <param name="side">Whose spellings.</param>
    /// <param name="other">What they are compared with; an equal one does not count.</param>
    /// <param name="bounds">[spellings of the side], written; 0 where the other side holds nothing else.</param>
    public void Write(SpellingSet side, SpellingSet other, Span<int> bounds)
    {
        Order(other);
        for (int i = 0; i < side.Count; i++)
        {
            bounds[i] = Nearest(side.Spellings[i], side.Lengths[i], side.Signatures[i]);
        }
    }

    private void Order(SpellingSet other)
    {
        _longest = 0;
        foreach (int length in other.Lengths)
        {
            _longest = Math.Max(_longest, length);
        }

        if (_starts.Length < _longest + 2)
        {
            _starts = new int[2 * (_longest + 2)];
        }

        if (_spellings.Length < other.Count)
        {
            (_spellings, _first, _second) = (new int[2 * other.Count], new ulong[2 * other.Count], new ulong[2 * other.Count]);
        }

        Array.Clear(_starts);
        foreach (int length in other.Lengths)
        {
            _starts[length]++;
        }

        for (int length = 1; length <= _longest + 1; length++)
        {
            _starts[length] += _starts[length - 1];
        }

        // Each length is filled from its end, so that its start is what remains.
        for (int i = 0; i < other.Count; i++)
        {
            int at = --_starts[other.Lengths[i]];
            _spellings[at] = other.Spellings[i];
            (_first[at], _second[at]) = other.Signatures[i];
        }
    }

    // Outward from the spelling's own length: what is further away in length than the best cannot be nearer.
    private int Nearest(int spelling, int length, CountSignature signature)
    {
        int best = int.MaxValue;
        for (int apart = 0; apart < best && (length - apart >= 0 || length + apart <= _longest); apart++)
        {
            best = InLength(length - apart, apart, spelling, signature, best);
            best = apart == 0 ? best : InLength(length + apart, apart, spelling, signature, best);
        }

        return best == int.MaxValue ? 0 : best;
    }

    private int InLength(int length, int apart, int spelling, CountSignature signature, int best)
    {
        int least = Math.Max(1, apart);
        if (length < 0 || length > _longest)
        {
            return best;
        }

        int end = _starts[length + 1];
        for (int at = _starts[length]; at < end && best > least; at++)
        {
            if (best <= FewBits && at + Vector<ulong>.Count <= end && !AnyNearer(at, signature.First, best))
            {
                at += Vector<ulong>.Count - 1;
                continue;
            }

            if (_spellings[at] != spelling)
            {
                best = Math.Min(best, Math.Max(least, signature.LowerBound(new(_first[at], _second[at]))));
            }
        }

        return best;
    }

    // Whether the first word of one of the next spellings differs by fewer bits than the best, in both directions.
    private bool AnyNearer(int at, ulong own, int best)
    {
        var others = MemoryMarshal.Cast<ulong, Vector<ulong>>(_first.AsSpan(at, Vector<ulong>.Count))[0];
        var missing = Vector.AndNot(new Vector<ulong>(own), others);
        var added = Vector.AndNot(others, new Vector<ulong>(own));
        for (int bit = 1; bit < best; bit++)
        {
            missing &= missing - Vector<ulong>.One;
            added &= added - Vector<ulong>.One;
        }

        return Vector.EqualsAny(missing | added, Vector<ulong>.Zero);
    }
}

using System.Globalization;

namespace FuseSharp.Tokenizers.Patterns;

/// <summary>A set of code points: one bit for each of the basic plane, sorted ranges beyond it.</summary>
internal sealed class CodePointSet
{
    /// <summary>The last code point.</summary>
    public const int Last = 0x10FFFF;

    private readonly ulong[] _basicPlane = new ulong[1024];
    private readonly (int First, int Last)[] _beyond;
    private readonly (int First, int Last)[] _ranges;

    private CodePointSet((int First, int Last)[] ranges)
    {
        _ranges = ranges;
        foreach (var (first, last) in ranges)
        {
            for (int c = first; c <= Math.Min(last, char.MaxValue); c++)
            {
                _basicPlane[c >> 6] |= 1UL << (c & 63);
            }
        }

        _beyond = [.. ranges.Where(r => r.Last > char.MaxValue).Select(r => (Math.Max(r.First, char.MaxValue + 1), r.Last))];
    }

    /// <summary>Sorted, apart from each other.</summary>
    public IReadOnlyList<(int First, int Last)> Ranges => _ranges;

    /// <summary>Every code point.</summary>
    public static CodePointSet All { get; } = FromRanges([(0, Last)]);

    /// <summary>A set of ranges in any order, which may overlap.</summary>
    public static CodePointSet FromRanges(IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<(int First, int Last)>();
        foreach (var range in ranges.OrderBy(r => r.First))
        {
            if (merged.Count > 0 && range.First <= merged[^1].Last + 1)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, range.Last));
            }
            else
            {
                merged.Add(range);
            }
        }

        return new CodePointSet([.. merged]);
    }

    /// <summary>A set as it stands in tables: hexadecimal numbers and ranges, spaces between.</summary>
    public static CodePointSet Parse(string table)
        => FromRanges(table.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(r => r.Split('-').Select(n => int.Parse(n, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToArray()).Select(r => (r[0], r[^1])));

    /// <summary>The code points for which something holds.</summary>
    public static CodePointSet FromTest(Func<int, bool> holds)
    {
        var ranges = new List<(int First, int Last)>();
        for (int c = 0; c <= Last; c++)
        {
            if (!holds(c))
            {
                continue;
            }

            if (ranges.Count > 0 && ranges[^1].Last == c - 1)
            {
                ranges[^1] = (ranges[^1].First, c);
            }
            else
            {
                ranges.Add((c, c));
            }
        }

        return new CodePointSet([.. ranges]);
    }

    /// <summary>Whether a code point is one of the set.</summary>
    public bool Contains(int codePoint)
        => codePoint <= char.MaxValue ? (_basicPlane[codePoint >> 6] >> (codePoint & 63) & 1) != 0 : IsBeyond(codePoint);

    /// <summary>Those of both.</summary>
    public CodePointSet Union(CodePointSet other) => FromRanges(_ranges.Concat(other._ranges));

    /// <summary>Those of neither.</summary>
    public CodePointSet Complement()
    {
        var ranges = new List<(int First, int Last)>();
        int next = 0;
        foreach (var (first, last) in _ranges)
        {
            if (first > next)
            {
                ranges.Add((next, first - 1));
            }

            next = last + 1;
        }

        if (next <= Last)
        {
            ranges.Add((next, Last));
        }

        return new CodePointSet([.. ranges]);
    }

    /// <summary>Those that are in both.</summary>
    public CodePointSet Intersection(CodePointSet other) => Complement().Union(other.Complement()).Complement();

    private bool IsBeyond(int codePoint)
    {
        int low = 0;
        int high = _beyond.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            if (codePoint < _beyond[middle].First)
            {
                high = middle - 1;
            }
            else if (codePoint > _beyond[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }
}

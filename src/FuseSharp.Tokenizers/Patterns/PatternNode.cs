namespace FuseSharp.Tokenizers.Patterns;

/// <summary>A part of a parsed pattern.</summary>
internal abstract record PatternNode
{
    /// <summary>One character of a set.</summary>
    public sealed record Set(CodePointSet Characters) : PatternNode;

    /// <summary>One behind the other; none: what is empty.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>The first that lets the whole match.</summary>
    public sealed record Choice(IReadOnlyList<PatternNode> Branches) : PatternNode;

    /// <summary>Several times.</summary>
    /// <param name="Body">What.</param>
    /// <param name="Min">How often at least.</param>
    /// <param name="Max">How often at most; <see cref="int.MaxValue"/> without limit.</param>
    /// <param name="IsLazy">Whether few are tried before many.</param>
    public sealed record Repeat(PatternNode Body, int Min, int Max, bool IsLazy) : PatternNode;

    /// <summary>What has matched once and is not gone back into.</summary>
    public sealed record Atomic(PatternNode Body) : PatternNode;

    /// <summary>What must, or must not, follow or stand before; takes no text.</summary>
    public sealed record Look(PatternNode Body, bool IsNegative) : PatternNode;

    /// <summary>So many characters back, the start of a look behind.</summary>
    public sealed record BackStep(int Count) : PatternNode;

    /// <summary>A place in the text.</summary>
    public sealed record Assertion(PatternPlace Place) : PatternNode;

    /// <summary>Number of characters that it takes, where that is always the same; otherwise null.</summary>
    public int? Width => this switch
    {
        Set => 1,
        Sequence s => Sum(s.Parts.Select(p => p.Width)),
        Choice c => c.Branches.Select(b => b.Width).Distinct().ToArray() is [var only] ? only : null,
        Repeat r => r.Min == r.Max && r.Body.Width is { } width && (long)width * r.Min <= int.MaxValue ? width * r.Min : null,
        Atomic a => a.Body.Width,
        _ => 0,
    };

    /// <summary>Whether it can match without taking text.</summary>
    public bool CanBeEmpty => this switch
    {
        Set => false,
        Sequence s => s.Parts.All(p => p.CanBeEmpty),
        Choice c => c.Branches.Any(b => b.CanBeEmpty),
        Repeat r => r.Min == 0 || r.Body.CanBeEmpty,
        Atomic a => a.Body.CanBeEmpty,
        _ => true,
    };

    /// <summary>The characters with which a match can begin; null where it can begin without one.</summary>
    public CodePointSet? First => this switch
    {
        Set s => s.Characters,
        Sequence s => FirstOf(s.Parts),
        Choice c => c.Branches.Select(b => b.First).Aggregate((CodePointSet?)CodePointSet.FromRanges([]), (all, one) => all is null || one is null ? null : all.Union(one)),
        Repeat r => r.Min == 0 ? null : r.Body.First,
        Atomic a => a.Body.First,
        _ => null,
    };

    private static int? Sum(IEnumerable<int?> widths)
    {
        long sum = 0;
        foreach (int? width in widths)
        {
            if (width is not { } known || (sum += known) > int.MaxValue)
            {
                return null;
            }
        }

        return (int)sum;
    }

    private static CodePointSet? FirstOf(IReadOnlyList<PatternNode> parts)
    {
        var optional = CodePointSet.FromRanges([]);
        foreach (var part in parts)
        {
            if (part.First is { } first)
            {
                return optional.Union(first);
            }

            // What can be left out adds its own first characters to those of what follows.
            if (part is not Repeat { Min: 0, Body.First: { } own })
            {
                return null;
            }

            optional = optional.Union(own);
        }

        return null;
    }
}

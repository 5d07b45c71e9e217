using FuseSharp.Core.Spelling;

namespace FuseSharp.Core.Align;

/// <summary>Edit distances between the tokens of one document as two models read it, each pair of spellings evaluated at most once.</summary>
/// <remarks>Working space of one thread, used for one document after the other. Positions count from the document's end: 0 is its last token.</remarks>
/// <param name="spellings">Of both vocabularies.</param>
internal sealed class SpellingCosts(TokenSpellings spellings)
{
    private const byte Unknown = byte.MaxValue;
    // Larger distances do not fit beside the mark of unknown ones: they are evaluated whenever they are asked for.
    private const byte TooLarge = byte.MaxValue - 1;

    private readonly EditDistance _distance = new(spellings.Symbols);
    private readonly SpellingSet _sources = new(spellings);
    private readonly SpellingSet _targets = new(spellings);
    private byte[] _costs = [];
    private int _pattern = -1;

    /// <summary>Distances evaluated so far.</summary>
    public long Evaluated { get; private set; }

    /// <summary>Number of source positions.</summary>
    public int Rows => _sources.Positions;

    /// <summary>Number of target positions.</summary>
    public int Columns => _targets.Positions;

    /// <summary>The source's positions.</summary>
    public SpellingSet Sources => _sources;

    /// <summary>The target's positions.</summary>
    public SpellingSet Targets => _targets;

    /// <summary>Turns to another document.</summary>
    /// <param name="source">Source token ids.</param>
    /// <param name="target">Target token ids.</param>
    public void Read(ReadOnlySpan<int> source, ReadOnlySpan<int> target)
    {
        _sources.Read(source, spellings.OfSource);
        _targets.Read(target, spellings.OfTarget);
        int pairs = checked(_sources.Count * _targets.Count);
        if (_costs.Length < pairs)
        {
            _costs = new byte[pairs];
        }

        _costs.AsSpan(0, pairs).Fill(Unknown);
    }

    /// <summary>The distance of two tokens' spellings.</summary>
    /// <param name="row">Source position from the end.</param>
    /// <param name="column">Target position from the end.</param>
    public int Cost(int row, int column)
    {
        int source = _sources.At[row];
        int target = _targets.At[column];
        byte known = _costs[source * _targets.Count + target];
        return known < TooLarge ? known : Evaluate(source, target);
    }

    /// <summary>The distance where it is known, otherwise a number that it cannot be below.</summary>
    /// <param name="row">Source position from the end.</param>
    /// <param name="column">Target position from the end.</param>
    public int AtLeast(int row, int column)
    {
        int source = _sources.At[row];
        int target = _targets.At[column];
        byte known = _costs[source * _targets.Count + target];
        return known < TooLarge ? known : spellings.LowerBound(_sources.Spellings[source], _targets.Spellings[target]);
    }

    private int Evaluate(int source, int target)
    {
        int one = _sources.Spellings[source];
        int other = _targets.Spellings[target];
        int cost = 0;
        if (one != other)
        {
            // A row of the table asks for one source token after the other: its pattern stays.
            if (_pattern != one)
            {
                _distance.SetPattern(spellings[one]);
                _pattern = one;
            }

            cost = _distance.Exact(spellings[other]);
            Evaluated++;
        }

        _costs[source * _targets.Count + target] = (byte)Math.Min(cost, TooLarge);
        return cost;
    }
}

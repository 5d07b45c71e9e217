using FuseSharp.Fusion.Spelling;


namespace FuseSharp.Fusion.Align;

/// <summary>Edit distances between the tokens of one document as two models read it, each pair of spellings evaluated at most once.</summary>
/// <remarks>Working space of one thread, used for one document after the other. Positions count from the document's end: 0 is its last token.</remarks>
/// <param name="spellings">Of both vocabularies.</param>
internal sealed class SpellingCosts(TokenSpellings spellings)
{
    // What a pair's byte says: a distance below Bound; Bound + a number that the distance is not below; or nothing yet. Distances too large for a byte
    // are evaluated whenever they are asked for.
    private const byte Bound = 128;
    private const byte Unknown = byte.MaxValue;

    private readonly EditDistance _distance = new(spellings.Symbols);
    private byte[] _known = [];
    private int _pattern = -1;

    /// <summary>Distances evaluated so far.</summary>
    public long Evaluated { get; private set; }

    /// <summary>Number of source positions.</summary>
    public int Rows => Sources.Positions;

    /// <summary>Number of target positions.</summary>
    public int Columns => Targets.Positions;

    /// <summary>The source's positions.</summary>
    public SpellingSet Sources { get; } = new(spellings);

    /// <summary>The target's positions.</summary>
    public SpellingSet Targets { get; } = new(spellings);

    /// <summary>Turns to another document.</summary>
    /// <param name="source">Source token ids.</param>
    /// <param name="target">Target token ids.</param>
    public void Read(int[] source, int[] target)
    {
        Sources.Read(source, spellings.OfSource);
        Targets.Read(target, spellings.OfTarget);
        int pairs = checked(Sources.Count * Targets.Count);
        if (_known.Length < pairs)
        {
            _known = new byte[pairs];
        }

        _known.AsSpan(0, pairs).Fill(Unknown);
    }

    /// <summary>The distance of two tokens' spellings.</summary>
    /// <param name="row">Source position from the end.</param>
    /// <param name="column">Target position from the end.</param>
    public int Cost(int row, int column) => RowOf(row).Cost(column);

    /// <summary>One source token against all targets, for loops over columns.</summary>
    /// <param name="row">Source position from the end.</param>
    public Row RowOf(int row) => new(this, Sources.At[row]);

    private int Evaluate(int one, int other)
    {
        if (one == other)
        {
            return 0;
        }

        // A row of the table asks for one source token after the other: its pattern stays.
        if (_pattern != one)
        {
            _distance.SetPattern(spellings[one]);
            _pattern = one;
        }

        Evaluated++;
        return _distance.Exact(spellings[other]);
    }

    /// <summary>One row of the table.</summary>
    internal readonly ref struct Row(SpellingCosts owner, int source)
    {
        private readonly Span<byte> _known = owner._known.AsSpan(source * owner.Targets.Count, owner.Targets.Count);
        private readonly ReadOnlySpan<int> _at = owner.Targets.At;
        private readonly ReadOnlySpan<int> _lengths = owner.Targets.Lengths;
        private readonly ReadOnlySpan<CountSignature> _signatures = owner.Targets.Signatures;
        private readonly ReadOnlySpan<int> _spellings = owner.Targets.Spellings;
        private readonly int _spelling = owner.Sources.Spellings[source];
        private readonly int _length = owner.Sources.Lengths[source];
        private readonly CountSignature _signature = owner.Sources.Signatures[source];

        /// <summary>The distance to the target token of a column.</summary>
        public int Cost(int column) => _known[_at[column]] is var known && known < Bound ? known : Evaluate(_at[column]);

        /// <summary>The distance where it is known, otherwise a number that it cannot be below.</summary>
        public int AtLeast(int column)
            => _known[_at[column]] is var known && known < Bound ? known
                : known < Unknown ? known - Bound
                : LowerBound(_at[column]);

        /// <summary>The distance where it is at most a limit, otherwise any number above the limit.</summary>
        public int UpTo(int limit, int column)
        {
            int target = _at[column];
            byte known = _known[target];
            if (known < Bound)
            {
                return known;
            }

            int least = known < Unknown ? known - Bound : LowerBound(target);
            return least > limit || least == 0 ? least : Evaluate(target);
        }

        private int Evaluate(int target)
        {
            int cost = owner.Evaluate(_spelling, _spellings[target]);
            if (cost < Bound)
            {
                _known[target] = (byte)cost;
            }

            return cost;
        }

        private int LowerBound(int target)
        {
            if (_spelling == _spellings[target])
            {
                return _known[target] = 0;
            }

            int bound = Math.Max(Math.Max(1, Math.Abs(_length - _lengths[target])), _signature.LowerBound(_signatures[target]));
            _known[target] = (byte)Math.Min(Bound + bound, Unknown - 1);
            return bound;
        }
    }
}

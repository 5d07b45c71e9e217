using FuseSharp.Fusion.Spelling;

namespace FuseSharp.Fusion.Align;

/// <summary>The edit distance of every spelling of a document's source tokens to every spelling of its target tokens.</summary>
/// <remarks>Working space of one thread, used for one document after the other.</remarks>
/// <param name="spellings">Of both vocabularies.</param>
internal sealed class SpellingCosts(TokenSpellings spellings)
{
    private readonly SpellingBatches<ushort> _short = new(spellings.Symbols);
    private readonly SpellingBatches<ulong> _middle = new(spellings.Symbols);
    private readonly EditDistance _single = new(spellings.Symbols);
    private readonly List<int> _shorts = [];
    private readonly List<int> _middles = [];
    // Those that fit into no lane: the empty one, and the longest.
    private readonly List<int> _others = [];
    private ulong[] _middleDistances = [];
    private ushort[] _costs = [];
    private int[] _places = [];
    private int _width;

    /// <summary>The largest distance.</summary>
    public int Largest { get; private set; }

    /// <summary>[places]: the distances of a source spelling to the target's, which stand in an order of their own (<see cref="Places"/>).</summary>
    /// <param name="source">The spelling's number in the document.</param>
    public ReadOnlySpan<ushort> this[int source] => _costs.AsSpan(source * _width, _width);

    /// <summary>Compares the spellings of another document.</summary>
    /// <param name="sources">[numbers]: spellings.</param>
    /// <param name="targets">[numbers]: spellings.</param>
    public void Read(IReadOnlyList<int> sources, IReadOnlyList<int> targets)
    {
        Arrange(targets);
        WorkingSpace.Reserve(ref _costs, checked(sources.Count * _width));
        Largest = 0;
        for (int s = 0; s < sources.Count; s++)
        {
            Compare(spellings.Spelled[sources[s]], _costs.AsSpan(s * _width, _width));
        }
    }

    /// <summary>Where the distances to target tokens stand in a row.</summary>
    /// <param name="targets">[positions]: numbers of the target's spellings.</param>
    /// <param name="places">[positions]: gets the places.</param>
    public void Places(ReadOnlySpan<int> targets, Span<int> places)
    {
        for (int j = 0; j < targets.Length; j++)
        {
            places[j] = _places[targets[j]];
        }
    }

    private void Arrange(IReadOnlyList<int> targets)
    {
        _shorts.Clear();
        _middles.Clear();
        _others.Clear();
        WorkingSpace.Reserve(ref _places, targets.Count);
        for (int t = 0; t < targets.Count; t++)
        {
            var group = GroupOf(targets[t]);
            _places[t] = group.Count;
            group.Add(targets[t]);
        }

        _short.Read(_shorts, spellings.Spelled);
        _middle.Read(_middles, spellings.Spelled);
        WorkingSpace.Reserve(ref _middleDistances, _middle.Room);
        for (int t = 0; t < targets.Count; t++)
        {
            var group = GroupOf(targets[t]);
            _places[t] += group == _shorts ? 0 : _short.Room + (group == _middles ? 0 : _middle.Room);
        }

        _width = _short.Room + _middle.Room + _others.Count;
    }

    private List<int> GroupOf(int target)
    {
        int length = spellings.Spelled.LengthOf(target);
        return length == 0 || length > SpellingBatches<ulong>.LongestPattern ? _others : length > SpellingBatches<ushort>.LongestPattern ? _middles : _shorts;
    }

    private void Compare(ReadOnlySpan<int> source, Span<ushort> costs)
    {
        int largest = Math.Max(_short.Compare(source, costs), (int)_middle.Compare(source, _middleDistances));
        costs = costs[_short.Room..];
        for (int i = 0; i < _middle.Room; i++)
        {
            costs[i] = (ushort)_middleDistances[i];
        }

        if (_others.Count > 0)
        {
            costs = costs[_middle.Room..];
            _single.SetPattern(source);
            for (int i = 0; i < _others.Count; i++)
            {
                costs[i] = (ushort)_single.Exact(spellings.Spelled[_others[i]]);
                largest = Math.Max(largest, costs[i]);
            }
        }

        Largest = Math.Max(Largest, largest);
    }
}

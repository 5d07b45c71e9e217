using System.Runtime.InteropServices;
using FuseSharp.Fusion.Records;
using FuseSharp.Fusion.Spelling;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Map;

/// <summary>Maps every source token to the target token with the most similar spelling, exactly as the FuseLLM reference does, without comparing every pair.</summary>
/// <remarks>
/// A source token x, its word marker replaced by the target's, maps to itself where the target has it, otherwise to the target token at the smallest
/// Levenshtein distance (unit costs, Unicode code points), the first in id order among equals.
/// <code>
/// source  Ġthe   Ġunbeliev   ĠCamarthen
/// target  ▁the   ▁believ     ▁Carmarthen
/// </code>
/// </remarks>
public sealed class VocabularyMapper
{
    private readonly string[] _replaced;
    private readonly Dictionary<string, int> _targetIds;
    private readonly TokenSymbols _targets;
    private readonly TokenSymbols _sources;
    private readonly SymbolNumbers _numbers = new();
    private readonly LengthOrderedTokens _ordered;
    private readonly DeletionIndex _atOne;
    private readonly DeletionIndex _atTwo;

    /// <summary>Indexes the target's vocabulary.</summary>
    /// <param name="target">The target's tokenizer, at least one token.</param>
    /// <param name="source">The source's tokenizer.</param>
    public VocabularyMapper(ITokenizer target, ITokenizer source)
    {
        (Target, Source) = (target, source);
        _replaced = [.. source.Vocabulary.Select(t => WordMarker.Replace(t, source.Family, target.Family))];
        _targetIds = new(target.Vocabulary.Count, StringComparer.Ordinal);
        var order = new List<int>(target.Vocabulary.Count);
        for (int id = 0; id < target.Vocabulary.Count; id++)
        {
            // A string that stands twice: Python's dictionaries keep its first place and its last id.
            if (!_targetIds.ContainsKey(target.Vocabulary[id]))
            {
                order.Add(id);
            }

            _targetIds[target.Vocabulary[id]] = id;
        }

        _targets = new TokenSymbols(target.Vocabulary, _numbers);
        _sources = new TokenSymbols(_replaced, _numbers);
        var ids = CollectionsMarshal.AsSpan(order);
        _ordered = new LengthOrderedTokens(_targets, ids, _numbers.Count);
        _atOne = new DeletionIndex(_ordered, 1);
        _atTwo = new DeletionIndex(_ordered, 2);
    }

    /// <summary>The target's tokenizer.</summary>
    public ITokenizer Target { get; }

    /// <summary>The source's tokenizer.</summary>
    public ITokenizer Source { get; }

    /// <summary>What the last mapping cost.</summary>
    public MapStatistics Statistics { get; private set; }

    /// <summary>The source's token strings with the target's word marker, [source vocabulary].</summary>
    internal IReadOnlyList<string> Replaced => _replaced;

    /// <summary>The reference's <c>default</c> mapping.</summary>
    /// <param name="threads">Threads that share the work, ≥ 1; the result does not depend on it.</param>
    /// <param name="cancellation">Ends the work between two tokens.</param>
    public VocabularyMap Map(int threads, CancellationToken cancellation = default)
    {
        int[] targets = new int[_replaced.Length];
        int[] distances = Nearest(targets, threads, cancellation);
        Statistics = Statistics with
        {
            Equal = distances.LongCount(d => d == 0),
            AtOne = distances.LongCount(d => d == 1),
            AtTwo = distances.LongCount(d => d == 2),
            Farther = distances.LongCount(d => d > 2),
        };
        return new(targets, Target.Fingerprint, Source.Fingerprint);
    }

    /// <summary>For tokens without an equal all target tokens at the smallest distance.</summary>
    /// <param name="tokens">Source tokens without an equal.</param>
    /// <param name="map">Their default mapping.</param>
    /// <param name="use">Gets a source token and the candidates' ids, rising; called from several threads.</param>
    /// <param name="threads">Threads that share the work.</param>
    /// <param name="cancellation">Ends the work between two tokens.</param>
    internal void AllNearest(IReadOnlyList<int> tokens, VocabularyMap map, Action<int, List<int>> use, int threads, CancellationToken cancellation)
        => Parallel.For(0, tokens.Count, Options(threads, cancellation), () => (Search: NewSearch(), Distance: new EditDistance(_numbers.Count), Found: new List<int>()), (i, _, own) =>
        {
            var query = _sources[tokens[i]];
            own.Distance.SetPattern(query);
            own.Search.AllAt(query, own.Distance.To(_targets[map.Targets[tokens[i]]], int.MaxValue - 1), own.Found);
            use(tokens[i], own.Found);
            return own;
        }, _ => { });

    /// <summary>Whether a source token is a target token as it is.</summary>
    internal bool IsEqual(int sourceToken) => _targetIds.ContainsKey(_replaced[sourceToken]);

    private int[] Nearest(int[] targets, int threads, CancellationToken cancellation)
    {
        int[] distances = new int[targets.Length];
        long evaluated = 0;
        long compared = 0;
        var searches = new List<int>();
        for (int x = 0; x < targets.Length; x++)
        {
            if (!_targetIds.TryGetValue(_replaced[x], out targets[x]))
            {
                searches.Add(x);
            }
        }

        // Neighbouring ids are often alike in length, and long tokens cost more: single tokens are dealt out.
        Parallel.For(0, searches.Count, Options(threads, cancellation), NewSearch, (i, _, search) =>
        {
            int x = searches[i];
            (int id, distances[x]) = search.Nearest(_sources[x]);
            targets[x] = _targetIds[Target.Vocabulary[id]];
            return search;
        }, search =>
        {
            Interlocked.Add(ref evaluated, search.Distances);
            Interlocked.Add(ref compared, search.Signatures);
        });
        Statistics = new(0, 0, 0, 0, evaluated, compared);
        return distances;
    }

    private NearestTokenSearch NewSearch() => new(_ordered, _atOne, _atTwo, _numbers.Count);

    private static ParallelOptions Options(int threads, CancellationToken cancellation) => new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
}

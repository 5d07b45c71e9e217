using System.Runtime.InteropServices;

namespace FuseSharp.Tokenizers.Training;

/// <summary>Learns merges: counts of pairs are kept up to date merge by merge, a heap knows the most frequent.</summary>
/// <param name="vocabulary">Grows by the merged tokens.</param>
/// <param name="options">Size and limits.</param>
internal sealed class MergeLearner(StartVocabulary vocabulary, TokenizerTrainOptions options)
{
    private readonly Dictionary<long, Pair> _pairs = [];

    // Negative count, then the pair's ids: the order in which pairs merge. Entries may be out of date; then they are put back.
    private readonly PriorityQueue<long, (long NegativeCount, long Pair)> _queue = new();

    private List<int[]> _words = [];
    private long[] _counts = [];

    /// <summary>Learns until the vocabulary is full or no pair is frequent enough.</summary>
    /// <returns>The merges in order, as ids of left and right token.</returns>
    public List<(int Left, int Right)> Learn(IReadOnlyList<(string Word, long Count)> words)
    {
        _words = [.. words.Select(w => vocabulary.Spell(w.Word))];
        _counts = [.. words.Select(w => w.Count)];
        for (int word = 0; word < _words.Count; word++)
        {
            CountPairs(word, _words[word], 1);
        }

        Enqueue(_pairs.Keys);
        var merges = new List<(int Left, int Right)>();
        while (vocabulary.Tokens.Count < options.VocabularySize && TryTake(out long key))
        {
            var (left, right) = ((int)(key >> 32), (int)key);
            string token = vocabulary.Tokens[left] + vocabulary.Tokens[right];
            if (LengthOf(token) <= options.MaxTokenCharacters)
            {
                merges.Add((left, right));
                Merge(key, left, right, vocabulary.Add(token));
            }

            _pairs.Remove(key);
        }

        return merges;
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;

    private static int LengthOf(string token) => token.Length - token.Count(char.IsLowSurrogate);

    private bool TryTake(out long key)
    {
        while (_queue.TryDequeue(out key, out var priority))
        {
            if (!_pairs.TryGetValue(key, out var pair) || pair.Count < options.MinPairCount)
            {
                continue;
            }

            if (pair.Count == -priority.NegativeCount)
            {
                return true;
            }

            // The count has fallen since; one that has risen was put in again at once.
            if (pair.Count < -priority.NegativeCount)
            {
                _queue.Enqueue(key, (-pair.Count, key));
            }
        }

        return false;
    }

    private void Merge(long key, int left, int right, int merged)
    {
        var changed = new HashSet<long>();
        foreach (int word in _pairs[key].Words)
        {
            int[] before = _words[word];
            int[] after = Merged(before, left, right, merged);
            if (after.Length < before.Length)
            {
                CountPairs(word, before, -1);
                CountPairs(word, after, 1, changed);
                _words[word] = after;
            }
        }

        Enqueue(changed);
    }

    private void Enqueue(IEnumerable<long> keys)
    {
        foreach (long key in keys)
        {
            if (_pairs.TryGetValue(key, out var pair) && pair.Count >= options.MinPairCount)
            {
                _queue.Enqueue(key, (-pair.Count, key));
            }
        }
    }

    private void CountPairs(int word, int[] symbols, int sign, HashSet<long>? changed = null)
    {
        for (int i = 0; i + 1 < symbols.Length; i++)
        {
            if (symbols[i] < 0 || symbols[i + 1] < 0)
            {
                continue;
            }

            long key = Key(symbols[i], symbols[i + 1]);
            ref var pair = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, key, out _);
            pair ??= new Pair();
            pair.Count += sign * _counts[word];
            if (sign > 0)
            {
                changed?.Add(key);
                if (pair.Words.Count == 0 || pair.Words[^1] != word)
                {
                    pair.Words.Add(word);
                }
            }
        }
    }

    private static int[] Merged(int[] symbols, int left, int right, int merged)
    {
        int[] result = new int[symbols.Length];
        int count = 0;
        for (int i = 0; i < symbols.Length; i++)
        {
            bool isPair = symbols[i] == left && i + 1 < symbols.Length && symbols[i + 1] == right;
            result[count++] = isPair ? merged : symbols[i];
            i += isPair ? 1 : 0;
        }

        return count == symbols.Length ? symbols : result[..count];
    }

    private sealed class Pair
    {
        /// <summary>Occurrences in all texts.</summary>
        public long Count { get; set; }

        /// <summary>Words that hold it or held it once.</summary>
        public List<int> Words { get; } = [];
    }
}

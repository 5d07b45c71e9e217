namespace FuseSharp.Tokenizers.Words;

/// <summary>Remembers the tokens of words met before.</summary>
/// <remarks>One slot for each hash: a newcomer drives out who was there, so that memory is bounded. Threads share it without a lock: a
/// slot is one reference to an immutable entry, and a lost write costs only time.</remarks>
internal sealed class WordCache
{
    /// <summary>Longest word remembered, in UTF-16 units.</summary>
    public const int LongestWord = 48;

    // 32,768 slots hold about 97 % of the words of English text; at most some 12 MB.
    private const int Bits = 15;

    private readonly Entry?[] _slots = new Entry?[1 << Bits];

    /// <summary>The tokens of a word, or null where it is not remembered.</summary>
    /// <param name="word">UTF-16.</param>
    /// <param name="slot">Where to remember it.</param>
    public Entry? Find(ReadOnlySpan<char> word, out int slot)
    {
        slot = SlotOf(word);
        var entry = Volatile.Read(ref _slots[slot]);
        return entry is not null && word.SequenceEqual(entry.Word) ? entry : null;
    }

    /// <summary>Remembers a word.</summary>
    public void Set(int slot, Entry entry) => Volatile.Write(ref _slots[slot], entry);

    private static int SlotOf(ReadOnlySpan<char> word)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in word)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        return (int)((hash * 0x9E3779B97F4A7C15) >> (64 - Bits));
    }

    /// <summary>A word and its tokens.</summary>
    /// <param name="Word">UTF-16.</param>
    /// <param name="Ids">Token ids.</param>
    /// <param name="Ends">Byte offsets in the word's own UTF-8 at which they end.</param>
    internal sealed record Entry(string Word, int[] Ids, int[] Ends);
}

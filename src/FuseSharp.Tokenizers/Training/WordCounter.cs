using System.Runtime.InteropServices;
using FuseSharp.Tokenizers.Normalization;
using FuseSharp.Tokenizers.Splitting;

namespace FuseSharp.Tokenizers.Training;

/// <summary>Counts the words of texts, cut as no token may cross them.</summary>
internal static class WordCounter
{
    // Longer words are cut: texts without spaces would otherwise make every merge cost their whole length.
    private const int LongestWord = 256;

    /// <summary>How often each word occurs, in ordinal order.</summary>
    public static List<(string Word, long Count)> Count(IEnumerable<string> texts, TokenizerTrainOptions options)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var words = new List<TextSlice>();
        ITextSplitter splitter = options.Family == TokenizerFamily.ByteLevel
            ? new WordSplitter(WordPattern.Gpt2)
            : new TrainingWordSplitter(options.SplitsDigits);
        foreach (string text in texts)
        {
            words.Clear();
            if (text.Length > 0)
            {
                splitter.Split(AlignedText.FromText(text).All, words, isContinuation: false);
            }

            foreach (var word in words)
            {
                Add(lookup, word.Span);
            }
        }

        return [.. counts.OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => (w.Key, w.Value))];
    }

    private static void Add(Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> counts, ReadOnlySpan<char> word)
    {
        while (!word.IsEmpty)
        {
            int length = Math.Min(LongestWord, word.Length);
            length -= length < word.Length && char.IsHighSurrogate(word[length - 1]) ? 1 : 0;
            CollectionsMarshal.GetValueRefOrAddDefault(counts, word[..length], out _)++;
            word = word[length..];
        }
    }
}

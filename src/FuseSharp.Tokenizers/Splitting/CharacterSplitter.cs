using System.Text;
using FuseSharp.Tokenizers.Normalization;

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>Cuts at characters of a kind, each found by itself: "Punctuation", "WhitespaceSplit", "CharDelimiterSplit".</summary>
/// <param name="name">Says which characters.</param>
/// <param name="isFound">Whether a code point is one of them; half a pair is given as U+FFFD.</param>
/// <param name="behavior">What becomes of them.</param>
internal sealed class CharacterSplitter(string name, Func<int, bool> isFound, SplitBehavior behavior) : ITextSplitter
{
    private readonly bool[] _ascii = [.. Enumerable.Range(0, 128).Select(isFound)];

    /// <inheritdoc/>
    public string Description => $"characters({name},{behavior})";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation)
    {
        var found = new List<(int Start, int End)>();
        var span = text.Span;
        for (int at = 0; at < span.Length;)
        {
            int width = 1;
            bool isOne;
            if (span[at] < 128)
            {
                isOne = _ascii[span[at]];
            }
            else
            {
                Rune.DecodeFromUtf16(span[at..], out var rune, out width);
                isOne = isFound(rune.Value);
            }

            if (isOne)
            {
                found.Add((at, at + width));
            }

            at += width;
        }

        TextCutter.Cut(text, found, behavior, isInverted: false, words);
    }
}

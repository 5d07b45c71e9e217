using FuseSharp.Tokenizers.Normalization;


namespace FuseSharp.Tokenizers.Splitting;

/// <summary>Cuts a text by one of the known word patterns; every character belongs to a word.</summary>
/// <remarks>By hand rather than by <c>Regex</c>: .NET matches UTF-16 units and takes letters beyond the basic plane for symbols.</remarks>
internal sealed class WordSplitter(WordPattern pattern) : ITextSplitter
{
    /// <inheritdoc/>
    public string Description => $"words({pattern})";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation)
    {
        var span = text.Span;
        for (int start = 0; start < span.Length;)
        {
            int end = pattern switch
            {
                WordPattern.Gpt2 => EndOfGpt2Word(span, start),
                WordPattern.Llama3 => EndOfLlama3Word(span, start, digitsPerWord: 3),
                _ => EndOfLlama3Word(span, start, digitsPerWord: 1),
            };
            words.Add(text.Cut(text.Start + start, text.Start + end));
            start = end;
        }
    }

    // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
    internal static int EndOfGpt2Word(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'' && ContractionLength(text[start..], ignoresCase: false) is > 0 and int length)
        {
            return start + length;
        }

        int first = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        var kind = CharacterClasses.At(text, first, out _);
        return kind == CharacterClass.Space ? EndOfSpaces(text, start) : CharacterClasses.EndOfRun(text, first, kind);
    }

    // (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
    internal static int EndOfLlama3Word(ReadOnlySpan<char> text, int start, int digitsPerWord)
    {
        if (text[start] == '\'' && ContractionLength(text[start..], ignoresCase: true) is > 0 and int length)
        {
            return start + length;
        }

        var kind = CharacterClasses.At(text, start, out int width);
        if (kind == CharacterClass.Letter)
        {
            return CharacterClasses.EndOfRun(text, start, kind);
        }

        if (kind == CharacterClass.Number)
        {
            return EndOfDigits(text, start, digitsPerWord);
        }

        int next = start + width;
        var nextKind = next < text.Length ? CharacterClasses.At(text, next, out _) : CharacterClass.Space;
        if (nextKind == CharacterClass.Letter && text[start] is not ('\r' or '\n'))
        {
            return CharacterClasses.EndOfRun(text, next, CharacterClass.Letter);
        }

        if (kind == CharacterClass.Other || (text[start] == ' ' && nextKind == CharacterClass.Other))
        {
            int end = CharacterClasses.EndOfRun(text, kind == CharacterClass.Other ? start : next, CharacterClass.Other);
            while (end < text.Length && text[end] is '\r' or '\n')
            {
                end++;
            }

            return end;
        }

        int spaces = CharacterClasses.EndOfRun(text, start, CharacterClass.Space);
        int newline = text[start..spaces].LastIndexOfAny('\r', '\n');
        return newline >= 0 ? start + newline + 1 : EndOfSpaces(text, start);
    }

    private static int EndOfDigits(ReadOnlySpan<char> text, int start, int atMost)
    {
        for (int i = 0; i < atMost && start < text.Length && CharacterClasses.At(text, start, out int width) == CharacterClass.Number; i++)
        {
            start += width;
        }

        return start;
    }

    /// <summary>Spaces leave their last one to the word behind them.</summary>
    private static int EndOfSpaces(ReadOnlySpan<char> text, int start)
    {
        int end = CharacterClasses.EndOfRun(text, start, CharacterClass.Space);
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    private static int ContractionLength(ReadOnlySpan<char> text, bool ignoresCase)
    {
        char first = text.Length > 1 ? Folded(text[1], ignoresCase) : '\0';
        if (first is 's' or 't' or 'm' or 'd')
        {
            return 2;
        }

        char second = text.Length > 2 ? Folded(text[2], ignoresCase) : '\0';
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    // U+017F, the long s, folds to s in Unicode.
    private static char Folded(char c, bool ignoresCase) => !ignoresCase ? c : c == '\u017F' ? 's' : char.ToLowerInvariant(c);
}

using System.Globalization;
using System.Text;
using FuseSharp.Tokenizers.Patterns;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>Unicode normalization (NFC, NFD, NFKC, NFKD) that keeps track of where characters come from.</summary>
/// <remarks>Works on one character with the marks behind it at a time: normalization never looks further. A token that ends inside such a
/// group that was changed ends, in bytes of the original text, where the group starts.</remarks>
internal sealed class UnicodeNormalizer(NormalizationForm form) : ITextNormalizer
{
    private static readonly CodePointSet _later = CodePointSet.Parse("32FF A7F2-A7F4 AB69 10781-10785 10787-107B0 107B2-107BA 1E030-1E06D 1F16C 1FBF0-1FBF9");

    /// <inheritdoc/>
    public string Description => $"unicode({form})";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation)
    {
        // No character below U+00A0 has any decomposition; below U+0300 none that composes.
        char firstChanging = form == NormalizationForm.FormC ? '\u0300' : '\u00A0';
        if (!text.Span.ContainsAnyInRange(firstChanging, '\uFFFF'))
        {
            return text;
        }

        AlignedTextBuilder? builder = null;
        int copied = text.Start;
        int[] starts = text.Source.Starts;
        for (int start = text.Start; start < text.EndExclusive;)
        {
            int end = EndOfGroup(text, start);
            var group = text.Cut(start, end).Span;
            if (!IsPlain(group, firstChanging) && Changed(group) is { } normalized)
            {
                builder ??= new AlignedTextBuilder(text.Length);
                builder.Append(text.Cut(copied, start));
                builder.Append(normalized, starts[start]);
                copied = end;
            }

            start = end;
        }

        if (builder is null)
        {
            return text;
        }

        builder.Append(text.Cut(copied, text.EndExclusive));
        return builder.Build(starts[text.EndExclusive]);
    }

    private static bool IsPlain(ReadOnlySpan<char> group, char firstChanging) => group.Length == 1 && group[0] < firstChanging;

    private string? Changed(ReadOnlySpan<char> group)
    {
        if ((group.Length == 1 && IsRefused(group[0])) || IsLater(group))
        {
            return null;
        }

        string original = group.ToString();
        string normalized = original.Normalize(form);
        return string.Equals(original, normalized, StringComparison.Ordinal) ? null : normalized;
    }

    // What is a mark, or has a compatibility mapping, only since Unicode 10: Hugging Face's library leaves it alone and orders no marks around it.
    private bool IsLater(ReadOnlySpan<char> group)
        => group[0] >= 0x7FD && Rune.DecodeFromUtf16(group, out var rune, out _) == System.Buffers.OperationStatus.Done && IsLater(rune.Value);

    internal bool IsLater(int code) => LaterMarks.Contains(code) || (form is NormalizationForm.FormKC or NormalizationForm.FormKD && _later.Contains(code));

    // What .NET's own normalization does not take: half a pair, and U+FFFE, which wrong byte orders leave in texts.
    private static bool IsRefused(char c) => char.IsSurrogate(c) || c == '\uFFFE';

    private int EndOfGroup(TextSlice text, int start)
    {
        string source = text.Source.Text;
        int end = start + WidthAt(source, start);
        if ((end == start + 1 && IsRefused(source[start])) || IsLater(source.AsSpan(start, end - start)))
        {
            return end; // marks behind it are a group of their own: it has nothing to combine with
        }

        while (end < text.EndExclusive && Continues(source, end))
        {
            end += WidthAt(source, end);
        }

        return end;
    }

    private static int WidthAt(string text, int index)
        => index + 1 < text.Length && char.IsSurrogatePair(text[index], text[index + 1]) ? 2 : 1;

    /// <summary>Whether a character can combine with those before it.</summary>
    private static bool Continues(string text, int index)
    {
        char c = text[index];
        if (c < '\u0300' || LaterMarks.Contains(WidthAt(text, index) == 2 ? char.ConvertToUtf32(text, index) : c))
        {
            return false;
        }

        if (char.IsLowSurrogate(c) || (char.IsHighSurrogate(c) && WidthAt(text, index) == 1))
        {
            return false;
        }

        // Vowels and finals of Hangul (also halfwidth and compatibility letters, which become them) and the halfwidth sound marks are
        // no marks by category; nor are the vowel signs of Kirat Rai.
        return CharUnicodeInfo.GetUnicodeCategory(text, index)
                is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
            || c is (>= '\u1160' and <= '\u11FF') or (>= '\u3131' and <= '\u318E') or (>= '\uFF9E' and <= '\uFFDC')
            || (c == '\uD81B' && text[index + 1] is >= '\uDD63' and <= '\uDD6A');
    }
}

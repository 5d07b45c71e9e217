using System.Buffers;
using System.Text;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>Changes a text character by character.</summary>
internal static class CharacterChange
{
    /// <summary>What becomes of a character.</summary>
    /// <param name="character">Not half a pair: those stand for bytes and stay as they are.</param>
    /// <param name="target">Receives the new characters, three at most.</param>
    /// <returns>How many; 0 leaves it out, -1 leaves it as it is.</returns>
    public delegate int Change(Rune character, Span<char> target);

    /// <summary>All of ASCII.</summary>
    public static SearchValues<char> Ascii { get; } = Kept(_ => true);

    /// <summary>The ASCII characters for which something holds.</summary>
    public static SearchValues<char> Kept(Func<char, bool> holds) => SearchValues.Create([.. Enumerable.Range(0, 128).Select(c => (char)c).Where(holds)]);

    /// <summary>The changed text; new characters start where the old one did.</summary>
    /// <param name="text">The text.</param>
    /// <param name="kept">ASCII characters that stay as they are.</param>
    /// <param name="change">Asked about all others.</param>
    public static TextSlice Apply(TextSlice text, SearchValues<char> kept, Change change)
    {
        AlignedTextBuilder? builder = null;
        Span<char> target = stackalloc char[4];
        var span = text.Span;
        int copied = 0;
        for (int at = 0; at < span.Length && span[at..].IndexOfAnyExcept(kept) is >= 0 and int skipped;)
        {
            at += skipped;
            bool isCharacter = Rune.DecodeFromUtf16(span[at..], out var rune, out int width) == OperationStatus.Done;
            int count = isCharacter ? change(rune, target) : -1;
            if (count >= 0)
            {
                builder ??= new AlignedTextBuilder(text.Length);
                builder.Append(text.Cut(text.Start + copied, text.Start + at));
                builder.Append(target[..count], text.Source.Starts[text.Start + at]);
                copied = at + width;
            }

            at += width;
        }

        if (builder is null)
        {
            return text;
        }

        builder.Append(text.Cut(text.Start + copied, text.EndExclusive));
        return builder.Build(text.Source.Starts[text.EndExclusive]);
    }
}

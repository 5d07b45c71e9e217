using System.Globalization;
using FuseSharp.Tokenizers.Words;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>"Precompiled": SentencePiece's replacements as Hugging Face applies them, to what a reader takes for one character at a time.</summary>
/// <remarks>Not SentencePiece's own way: a group of less than six bytes is replaced as a whole by the shortest rule that its start meets, otherwise each of its characters by itself.
/// What is written starts, in bytes of the original, where the group or character does.</remarks>
internal sealed class PrecompiledNormalizer(CharacterMap map) : ITextNormalizer
{
    private const int LongestGroup = 5;

    /// <inheritdoc/>
    public string Description => $"precompiled({map.Description})";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation)
    {
        var span = text.Span;
        AlignedTextBuilder? builder = null;
        int copied = 0;
        for (int at = 0; at < span.Length;)
        {
            int plain = span[at..].IndexOfAnyExcept(map.PlainAscii);
            if (plain < 0)
            {
                break;
            }

            // A letter in front of the first that is not plain may belong to a group with it.
            at += Math.Max(0, plain - 1);
            int end = at + StringInfo.GetNextTextElementLength(span[at..]);
            if (!TryReplace(text, ref builder, ref copied, at, end, LongestGroup))
            {
                for (int i = at; i < end;)
                {
                    int next = i + (i + 1 < end && char.IsSurrogatePair(span[i], span[i + 1]) ? 2 : 1);
                    TryReplace(text, ref builder, ref copied, i, next, int.MaxValue);
                    i = next;
                }
            }

            at = end;
        }

        if (builder is null)
        {
            return text;
        }

        builder.Append(text.Cut(text.Start + copied, text.EndExclusive));
        return builder.Build(text.Source.Starts[text.EndExclusive]);
    }

    private bool TryReplace(TextSlice text, ref AlignedTextBuilder? builder, ref int copied, int start, int end, int longest)
    {
        var group = text.Span[start..end];
        if (group.Length > longest || Utf8Widths.Of(group) > longest || map.Find(group, takesLongest: false, out _) is not { } replacement)
        {
            return false;
        }

        builder ??= new AlignedTextBuilder(text.Length);
        builder.Append(text.Cut(text.Start + copied, text.Start + start));
        builder.Append(replacement, text.Source.Starts[text.Start + start]);
        if (replacement.Length == 0)
        {
            builder.LeaveOut(text.Source.Starts[text.Start + start]);
        }

        copied = end;
        return true;
    }
}

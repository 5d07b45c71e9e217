using FuseSharp.Tokenizers.Words;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>SentencePiece's own normalization: replacements of characters, extra spaces, the dummy prefix, and <c>▁</c> for spaces.</summary>
/// <param name="map">Replacements, the longest rule first; null for none.</param>
/// <param name="userDefined">Pieces that are not changed but for their spaces.</param>
/// <param name="removesExtraSpaces">Whether spaces at both ends go, and those in a row become one.</param>
/// <param name="addsPrefix">Whether a space is put before the text.</param>
internal sealed class PieceNormalizer(CharacterMap? map, IReadOnlyList<string> userDefined, bool removesExtraSpaces, bool addsPrefix) : ITextNormalizer
{
    private const char Marker = '▁';

    private readonly TokenTrie? _kept = TrieOf(userDefined);

    /// <inheritdoc/>
    public string Description => $"pieces({map?.Description},{string.Join(',', userDefined)},{removesExtraSpaces},{addsPrefix})";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation)
    {
        var span = text.Span;
        int[] starts = text.Source.Starts;
        bool removes = removesExtraSpaces && !isContinuation;
        int at = 0;
        while (removes && at < span.Length && Next(span[at..], out int skipped, out _) is [' '])
        {
            at += skipped;
        }

        var builder = new AlignedTextBuilder(text.Length + 1);
        if (at < span.Length && addsPrefix && !isContinuation)
        {
            builder.Append(Marker, starts[text.Start + at]);
        }

        bool isBehindSpace = removes;
        while (at < span.Length)
        {
            var piece = Next(span[at..], out int length, out bool isOwn);
            while (isBehindSpace && piece is [' ', ..])
            {
                piece = piece[1..];
            }

            int skippedSpaces = length - piece.Length;
            for (int i = 0; i < piece.Length; i++)
            {
                builder.Append(piece[i] == ' ' ? Marker : piece[i], starts[text.Start + at + (isOwn ? skippedSpaces + i : 0)]);
            }

            isBehindSpace = removesExtraSpaces && (piece.IsEmpty ? isBehindSpace : piece[^1] == ' ');
            at += length;
        }

        while (removes && builder.EndsWith(Marker))
        {
            builder.RemoveLast();
        }

        return builder.Build(starts[text.EndExclusive]);
    }

    // A whole user-defined piece, what a rule writes, or one character.
    private ReadOnlySpan<char> Next(ReadOnlySpan<char> text, out int length, out bool isOwn)
    {
        isOwn = true;
        if (_kept is not null && _kept.Longest(text, out length) >= 0)
        {
            return text[..length];
        }

        if (map is not null && map.Find(text, takesLongest: true, out length) is { } replacement)
        {
            isOwn = false;
            return replacement;
        }

        length = text.Length > 1 && char.IsSurrogatePair(text[0], text[1]) ? 2 : 1;
        return text[..length];
    }

    private static TokenTrie? TrieOf(IReadOnlyList<string> pieces)
    {
        if (pieces.Count == 0)
        {
            return null;
        }

        var trie = new TokenTrie();
        for (int i = 0; i < pieces.Count; i++)
        {
            trie.Add(pieces[i], i);
        }

        return trie;
    }
}

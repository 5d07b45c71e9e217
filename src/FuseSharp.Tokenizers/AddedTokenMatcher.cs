using System.Buffers;
using FuseSharp.Tokenizers.Normalization;
using FuseSharp.Tokenizers.Splitting;

namespace FuseSharp.Tokenizers;

/// <summary>Finds added tokens in a text: the leftmost first, of those that start at one place the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<(int Node, char Next), int> _edges = [];
    private readonly List<AddedToken?> _nodes = [null];
    private readonly SearchValues<char> _firstCharacters;

    /// <param name="tokens">What to look for: the string as it stands in the text, and the token.</param>
    public AddedTokenMatcher(IEnumerable<(string Pattern, AddedToken Token)> tokens)
    {
        foreach (var (pattern, token) in tokens)
        {
            int node = 0;
            foreach (char c in pattern)
            {
                if (!_edges.TryGetValue((node, c), out int next))
                {
                    next = _nodes.Count;
                    _nodes.Add(null);
                    _edges.Add((node, c), next);
                }

                node = next;
            }

            _nodes[node] ??= node == 0 ? null : token;
        }

        _firstCharacters = SearchValues.Create([.. _edges.Keys.Where(e => e.Node == 0).Select(e => e.Next)]);
    }

    /// <summary>The next token in a text.</summary>
    /// <param name="text">Where to look; what it held before <paramref name="from"/> decides only about word borders.</param>
    /// <param name="from">Index in the source from which on to look; afterwards behind what was found, without the white space that it takes.</param>
    /// <param name="done">Index up to which the text belongs to the tokens before: no white space is taken from there.</param>
    /// <param name="found">What the token covers, white space that it takes included.</param>
    /// <returns>The token, or null where there is none.</returns>
    public AddedToken? Next(TextSlice text, ref int from, int done, out TextSlice found)
    {
        string source = text.Source.Text;
        int at = from;
        while (at < text.EndExclusive)
        {
            int offset = source.AsSpan(at, text.EndExclusive - at).IndexOfAny(_firstCharacters);
            if (offset < 0)
            {
                break;
            }

            at += offset;
            if (LongestAt(source, at, text.EndExclusive, out int end) is not { } token)
            {
                at++;
                continue;
            }

            if (token.IsSingleWord && (IsWord(source, at - 1, text) || IsWord(source, end, text)))
            {
                at = end;
                continue;
            }

            from = end;
            int start = at;
            while (token.StripsLeft && start > done && char.IsWhiteSpace(source[start - 1]))
            {
                start--;
            }

            while (token.StripsRight && end < text.EndExclusive && char.IsWhiteSpace(source[end]))
            {
                end++;
            }

            found = text.Cut(start, end);
            return token;
        }

        found = default;
        return null;
    }

    private AddedToken? LongestAt(string source, int start, int limit, out int end)
    {
        AddedToken? best = null;
        end = start;
        int node = 0;
        for (int i = start; i < limit && _edges.TryGetValue((node, source[i]), out node); i++)
        {
            if (_nodes[node] is { } token)
            {
                best = token;
                end = i + 1;
            }
        }

        return best;
    }

    private static bool IsWord(string source, int index, TextSlice text)
    {
        if (index < text.Start || index >= text.EndExclusive)
        {
            return false;
        }

        if (char.IsLowSurrogate(source[index]) && index > text.Start && char.IsHighSurrogate(source[index - 1]))
        {
            index--;
        }

        return WordCharacters.At(source, index, out _) == WordCharacter.Word;
    }
}

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Finds a text in another one in time that grows with the sum of their lengths, whatever they hold.</summary>
internal static class TextSearch
{
    // Up to here the library's search is quicker, and at its worst takes so many times the length.
    private const int Short = 32;

    /// <summary>Where a text begins in another one, or −1.</summary>
    public static int IndexOf(string text, string part, int from = 0)
        => part.Length <= Short ? text.IndexOf(part, from, StringComparison.Ordinal) : All(text, part, from).DefaultIfEmpty(-1).First();

    /// <summary>Where it begins last, or −1.</summary>
    public static int LastIndexOf(string text, string part)
        => part.Length <= Short ? text.LastIndexOf(part, StringComparison.Ordinal) : Overlapping(text, part, 0).DefaultIfEmpty(-1).Last();

    /// <summary>Where it begins, from left to right, without overlaps.</summary>
    public static IEnumerable<int> All(string text, string part, int from = 0)
    {
        if (part.Length <= Short)
        {
            for (int at = from; (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length)
            {
                yield return at;
            }

            yield break;
        }

        int free = from;
        foreach (int at in Overlapping(text, part, from))
        {
            if (at >= free)
            {
                free = at + part.Length;
                yield return at;
            }
        }
    }

    // Knuth, Morris and Pratt: the text is never gone back in.
    private static IEnumerable<int> Overlapping(string text, string part, int from)
    {
        int[] borders = new int[part.Length + 1];
        borders[0] = -1;
        for (int i = 0, border = -1; i < part.Length;)
        {
            while (border >= 0 && part[i] != part[border])
            {
                border = borders[border];
            }

            borders[++i] = ++border;
        }

        for (int i = from, matched = 0; i < text.Length;)
        {
            while (matched >= 0 && text[i] != part[matched])
            {
                matched = borders[matched];
            }

            i++;
            if (++matched == part.Length)
            {
                yield return i - part.Length;
                matched = borders[matched];
            }
        }
    }
}

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Python's ways to cut a text.</summary>
internal static class TextSplitting
{
    /// <summary><c>str.split</c> and <c>str.rsplit</c>.</summary>
    /// <param name="run">Counts.</param>
    /// <param name="text">What is cut.</param>
    /// <param name="separator">Where; null at white space.</param>
    /// <param name="most">Most cuts.</param>
    /// <param name="fromRight">Whether the last places are taken.</param>
    public static List<object?> Split(TemplateRun run, string text, string? separator, long most, bool fromRight)
    {
        run.CountCharacters(text.Length + (separator?.Length ?? 0));
        if (separator is { Length: 0 })
        {
            throw new TemplateException(0, "splits a text at nothing");
        }

        if (fromRight)
        {
            // From the right it is the same with everything turned round.
            var reversed = Split(run, Reversed(text), separator is null ? null : Reversed(separator), most, fromRight: false);
            return reversed.AsEnumerable().Reverse().Select(p => (object?)Reversed((string)p!)).ToList();
        }

        if (separator is null)
        {
            return run.Counted([.. PythonText.SplitSpaces(text, most)]);
        }

        var parts = new List<object?>();
        int at = 0;
        foreach (int place in TextSearch.All(text, separator))
        {
            if (parts.Count >= most)
            {
                break;
            }

            parts.Add(text[at..place]);
            run.CountItems(1);
            at = place + separator.Length;
        }

        parts.Add(text[at..]);
        return parts;
    }

    /// <summary><c>str.partition</c> and <c>str.rpartition</c>.</summary>
    public static TemplateTuple Partition(TemplateRun run, string text, string separator, bool fromRight)
    {
        run.CountCharacters(text.Length + separator.Length);
        if (separator.Length == 0)
        {
            throw new TemplateException(0, "splits a text at nothing");
        }

        int at = fromRight ? TextSearch.LastIndexOf(text, separator) : TextSearch.IndexOf(text, separator);
        return at >= 0 ? new TemplateTuple([text[..at], separator, text[(at + separator.Length)..]])
            : new TemplateTuple(fromRight ? ["", "", text] : [text, "", ""]);
    }

    private static string Reversed(string text)
    {
        char[] units = text.ToCharArray();
        Array.Reverse(units);
        return new string(units);
    }
}

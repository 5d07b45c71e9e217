using System.Text;
using FuseSharp.Conversations;
using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Chat;

/// <summary>Finds where the contents of messages stand in the text that a template writes, exactly.</summary>
/// <remarks>
/// Contents may equal one another, the template's own words, or nothing at all: looking for them in the text would be a guess. Instead each is replaced by two made-up words, one after
/// the other. Where the text around both is the same, it does not depend on the content, and what stands between it in the real text is the content, or what the template made of it.
/// <code>
/// real     &lt;user&gt; assistant &lt;assistant&gt; assistant
/// words    &lt;user&gt; quovilta1 &lt;assistant&gt; quovilta2          around: "&lt;user&gt; ", " &lt;assistant&gt; ", ""
/// </code>
/// What stands around all contents of conversations with the same roles is remembered: one rendering then finds all, and is checked letter by letter.
/// </remarks>
/// <param name="render">Writes messages.</param>
internal sealed class ContentFinder(Func<IReadOnlyList<ChatMessage>, string> render)
{
    private const int MostFrames = 1000;
    private static readonly string[] _words = ["quovilta", "zembrosk"];

    private readonly Dictionary<string, ContentFrame?> _frames = new(StringComparer.Ordinal);

    /// <summary>Writes a conversation and finds its contents.</summary>
    /// <param name="messages">Its messages.</param>
    /// <exception cref="ModelException">The template refuses it.</exception>
    public RenderedConversation Find(IReadOnlyList<ChatMessage> messages)
    {
        string text = render(messages);
        return new(text, FrameOf(messages)?.Find(text, messages) is { } found ? found : [.. messages.Select((m, i) => FindOne(text, messages, i))]);
    }

    // Only where roles alone decide: fields such as tool calls may decide too.
    private ContentFrame? FrameOf(IReadOnlyList<ChatMessage> messages)
    {
        if (messages.Any(m => m.Fields is not null))
        {
            return null;
        }

        string roles = string.Concat(messages.Select(m => FormattableString.Invariant($"{m.Role.Length}:{m.Role}"))); // a role may hold anything
        lock (_frames)
        {
            if (_frames.TryGetValue(roles, out var known))
            {
                return known;
            }
        }

        var frames = _words.Select(w => Rendered([.. messages.Select((m, i) => m with { Content = Word(w, i) })]) is { } text
            ? ContentFrame.FromText(text, [.. messages.Select((_, i) => Word(w, i))]) : null).ToList();
        var frame = frames[0] is { } one && frames[1] is { } other && one.Equals(other) ? one : null;
        lock (_frames)
        {
            if (_frames.Count < MostFrames)
            {
                _frames[roles] = frame;
            }
        }

        return frame;
    }

    // Numbers of one length, so that no word is the beginning of another.
    private static string Word(string word, int number) => FormattableString.Invariant($"{word}{number:D6}x");

    private ContentPlace FindOne(string text, IReadOnlyList<ChatMessage> messages, int number)
    {
        // A word that stands in the conversation anyway would be found where nothing was replaced.
        var texts = _words.Select(w => Unused(w, messages)).Select(w => (Word: w, Text: Rendered([.. messages.Select((m, i) => i == number ? WithoutNull(m, w) : m)]))).ToList();
        if (texts.Exists(t => t.Text is null))
        {
            return ContentPlace.Nowhere(ContentChange.Unclear);
        }

        if (texts.TrueForAll(t => !t.Text!.Contains(t.Word, StringComparison.Ordinal)))
        {
            return ContentPlace.Nowhere(texts[0].Text == texts[1].Text ? ContentChange.LeftOut : ContentChange.Unclear);
        }

        var around = texts.ConvertAll(t => t.Text!.Split(t.Word));
        string content = messages[number].Content;
        if (around.TrueForAll(a => a.Length == 2) && around[0].SequenceEqual(around[1], StringComparer.Ordinal))
        {
            string before = around[0][0];
            string after = around[0][1];
            if (text.Length >= before.Length + after.Length && text.StartsWith(before, StringComparison.Ordinal) && text.EndsWith(after, StringComparison.Ordinal))
            {
                return Place(text, before.Length, text.Length - after.Length, content);
            }
        }

        return ByDifference(text, texts[0].Text!, content) is { } start ? Place(text, start, start + content.Length, content) : ContentPlace.Nowhere(ContentChange.Unclear);
    }

    private static string Unused(string word, IReadOnlyList<ChatMessage> messages)
    {
        while (messages.Any(m => m.Content.Contains(word, StringComparison.Ordinal)))
        {
            word += "q";
        }

        return word;
    }

    private static ChatMessage WithoutNull(ChatMessage message, string content)
        => message with { Content = content, Fields = message.Fields is { } fields && fields.ContainsKey("content") ? fields.Where(f => f.Key != "content").ToDictionary() : message.Fields };

    // The text around depends on the content, but the content stands as it is at the one place that holds all of the difference.
    private static int? ByDifference(string text, string other, string content)
    {
        if (content.Length == 0)
        {
            return null;
        }

        int same = text.AsSpan().CommonPrefixLength(other);
        int end = text.Length;
        for (int o = other.Length; end > same && o > same && text[end - 1] == other[o - 1]; end--, o--)
        {
        }

        int? found = null;
        for (int at = text.IndexOf(content, StringComparison.Ordinal); at >= 0 && at <= same; at = text.IndexOf(content, at + 1, StringComparison.Ordinal))
        {
            if (at + content.Length >= end)
            {
                if (found is not null)
                {
                    return null;
                }

                found = at;
            }
        }

        return found;
    }

    private static ContentPlace Place(string text, int start, int endExclusive, string content)
    {
        string written = text[start..endExclusive];
        (int at, int end) = (Encoding.UTF8.GetByteCount(text.AsSpan(0, start)), Encoding.UTF8.GetByteCount(text.AsSpan(0, endExclusive)));
        if (written == content)
        {
            return new(at, end, 0, ContentChange.None);
        }

        // White space at the end may be trimmed of what is left; of nothing but white space nothing may be left.
        int skipped = written.Length == 0 ? content.Length : Stripped(content) - Stripped(written);
        bool isPart = skipped >= 0 && content.AsSpan(skipped).StartsWith(written, StringComparison.Ordinal) && (Stripped(written) > 0 || Stripped(content) == 0);
        return isPart ? new(at, end, Encoding.UTF8.GetByteCount(content.AsSpan(0, skipped)), ContentChange.Shortened) : new(at, end, 0, ContentChange.Altered);
    }

    // Without white space at the end, as Python's strip takes it: U+001C to U+001F too.
    private static int Stripped(string text)
    {
        int length = text.Length;
        while (length > 0 && (char.IsWhiteSpace(text[length - 1]) || text[length - 1] is >= '\u001C' and <= '\u001F'))
        {
            length--;
        }

        return length;
    }

    private string? Rendered(IReadOnlyList<ChatMessage> messages)
    {
        try
        {
            return render(messages);
        }
        catch (ModelException)
        {
            return null; // it reads the contents
        }
    }
}

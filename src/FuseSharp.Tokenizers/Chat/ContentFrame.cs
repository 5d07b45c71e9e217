using System.Text;
using FuseSharp.Conversations;

namespace FuseSharp.Tokenizers.Chat;

/// <summary>What a template writes around the contents of conversations with the same roles.</summary>
/// <param name="Around">Texts around the contents, one more than there are written.</param>
/// <param name="Order">The messages whose contents are written, in their order in the text.</param>
internal sealed record ContentFrame(IReadOnlyList<string> Around, IReadOnlyList<int> Order)
{
    /// <summary>Reads it from a text in which every content is a word of its own.</summary>
    /// <param name="text">The text.</param>
    /// <param name="words">The content of each message.</param>
    /// <returns>Null where a word stands there more than once.</returns>
    public static ContentFrame? FromText(string text, string[] words)
    {
        var places = words.Select((w, i) => (Message: i, At: text.IndexOf(w, StringComparison.Ordinal))).Where(p => p.At >= 0).OrderBy(p => p.At).ToList();
        var around = new List<string>();
        int end = 0;
        foreach (var (message, at) in places)
        {
            if (text.IndexOf(words[message], at + 1, StringComparison.Ordinal) >= 0)
            {
                return null;
            }

            around.Add(text[end..at]);
            end = at + words[message].Length;
        }

        around.Add(text[end..]);
        return new(around, [.. places.Select(p => p.Message)]);
    }

    /// <summary>Where the contents stand in a text that was written for messages of these roles.</summary>
    /// <returns>Null where the text is another than this frame with the contents in it.</returns>
    public ContentPlace[]? Find(string text, IReadOnlyList<ChatMessage> messages)
    {
        var places = new ContentPlace[messages.Count];
        Array.Fill(places, ContentPlace.Nowhere(ContentChange.LeftOut));
        int at = 0; // characters
        int bytes = 0;
        for (int i = 0; i < Around.Count; i++)
        {
            if (!Follows(text, Around[i], ref at, ref bytes))
            {
                return null;
            }

            if (i < Order.Count)
            {
                int start = bytes;
                if (!Follows(text, messages[Order[i]].Content, ref at, ref bytes))
                {
                    return null;
                }

                places[Order[i]] = new(start, bytes, 0, ContentChange.None);
            }
        }

        return at == text.Length ? places : null;
    }

    /// <inheritdoc/>
    public bool Equals(ContentFrame? other) => other is not null && Around.SequenceEqual(other.Around) && Order.SequenceEqual(other.Order);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Around.Count, Order.Count);

    private static bool Follows(string text, string part, ref int at, ref int bytes)
    {
        if (!text.AsSpan(at).StartsWith(part, StringComparison.Ordinal))
        {
            return false;
        }

        at += part.Length;
        bytes += Encoding.UTF8.GetByteCount(part);
        return true;
    }
}

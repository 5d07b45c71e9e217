using System.Text;

namespace FuseSharp.Models.Generate;

/// <summary>Makes text of tokens as they come: never half a character, and nothing of a stop text.</summary>
/// <remarks>
/// What may be the beginning of a stop text waits for the next tokens. The stop text that is complete first ends the text, of several the longest;
/// where tokens begin and end has no influence.
/// <code>
/// stop "END"    tokens "so E", "N", "ough"    gives "so ", "", "ENough"
///               tokens "so E", "ND."          gives "so ", ""  and has stopped
/// </code>
/// </remarks>
/// <param name="stops">Not empty ones.</param>
internal sealed class StreamedText(IReadOnlyList<string> stops)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder(); // holds the bytes of an incomplete character
    private readonly StringBuilder _waiting = new();

    /// <summary>Whether a stop text was met.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>Takes the bytes of a token.</summary>
    /// <returns>The text that is certain now.</returns>
    public string Append(ReadOnlySpan<byte> bytes) => Append(bytes, isEnd: false);

    /// <summary>Takes the end of the tokens; an incomplete character becomes U+FFFD.</summary>
    /// <returns>The text that waited.</returns>
    public string End() => HasStopped ? "" : Append([], isEnd: true);

    private string Append(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        char[] characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length + 4)];
        int count = _decoder.GetChars(bytes, characters, flush: isEnd);
        if (stops.Count == 0)
        {
            return new string(characters, 0, count);
        }

        foreach (char character in characters.AsSpan(0, count))
        {
            _waiting.Append(character);
            string text = _waiting.ToString();
            if (stops.Where(s => text.EndsWith(s, StringComparison.Ordinal)).MaxBy(s => s.Length) is { } stop)
            {
                HasStopped = true;
                return text[..^stop.Length];
            }
        }

        int held = isEnd ? 0 : LengthThatMayStop();
        string certain = _waiting.ToString(0, _waiting.Length - held);
        _waiting.Remove(0, certain.Length);
        return certain;
    }

    // The longest end of the text with which a stop text begins.
    private int LengthThatMayStop()
    {
        string text = _waiting.ToString();
        int held = 0;
        foreach (string stop in stops)
        {
            for (int length = Math.Min(stop.Length - 1, text.Length); length > held; length--)
            {
                if (text.AsSpan().EndsWith(stop.AsSpan(0, length), StringComparison.Ordinal))
                {
                    held = length;
                }
            }
        }

        return held;
    }
}

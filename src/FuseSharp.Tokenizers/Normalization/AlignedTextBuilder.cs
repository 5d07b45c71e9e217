using System.Text;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>Writes a changed text, keeping for each character where it comes from.</summary>
internal sealed class AlignedTextBuilder(int capacity)
{
    private readonly StringBuilder _text = new(capacity);
    private readonly List<int> _starts = new(capacity + 1);
    private int _first = -1;

    /// <summary>Adds characters that all start at one byte of the original.</summary>
    public void Append(ReadOnlySpan<char> characters, int start)
    {
        _text.Append(characters);
        for (int i = 0; i < characters.Length; i++)
        {
            _starts.Add(start);
        }
    }

    /// <summary>Adds one character that starts at a byte of the original.</summary>
    public void Append(char character, int start)
    {
        _text.Append(character);
        _starts.Add(start);
    }

    /// <summary>Whether a character is the last one so far.</summary>
    public bool EndsWith(char character) => _text.Length > 0 && _text[^1] == character;

    /// <summary>Takes the last character away.</summary>
    public void RemoveLast()
    {
        _text.Length--;
        _starts.RemoveAt(_starts.Count - 1);
    }

    /// <summary>Adds a part as it is.</summary>
    public void Append(TextSlice slice)
    {
        _text.Append(slice.Span);
        _starts.AddRange(slice.Source.Starts.AsSpan(slice.Start, slice.Length));
    }

    /// <summary>Lets the first character start where one stood that is left out, as in Hugging Face's alignment of replacements; of others nothing is to be said.</summary>
    public void LeaveOut(int start) => _first = _text.Length == 0 && _first < 0 ? start : _first;

    /// <summary>The finished text.</summary>
    /// <param name="end">Byte offset in the original text at which it ends.</param>
    public TextSlice Build(int end)
    {
        _starts.Add(end);
        _starts[0] = _first >= 0 ? _first : _starts[0];
        return AlignedText.FromParts(_text.ToString(), [.. _starts]).All;
    }
}

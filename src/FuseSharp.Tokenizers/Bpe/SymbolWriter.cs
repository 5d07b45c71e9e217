using System.Text;

namespace FuseSharp.Tokenizers.Bpe;

/// <summary>Writes the symbols of a word one behind the other.</summary>
internal ref struct SymbolWriter
{
    private readonly BpeModel _model;
    private readonly Span<int> _symbols;
    private readonly Span<int> _ends;
    private int _offset;

    /// <param name="model">Whose symbols.</param>
    /// <param name="symbols">Receives them.</param>
    /// <param name="ends">Receives the byte offset at which each ends.</param>
    /// <param name="count">How many are there already.</param>
    public SymbolWriter(BpeModel model, Span<int> symbols, Span<int> ends, int count = 0)
    {
        _model = model;
        _symbols = symbols;
        _ends = ends;
        Count = count;
        _offset = count == 0 ? 0 : ends[count - 1];
    }

    /// <summary>Symbols written.</summary>
    public int Count { get; private set; }

    /// <summary>Writes a whole word.</summary>
    public void Write(ReadOnlySpan<char> word)
    {
        for (int i = 0; i < word.Length; i++)
        {
            char c = word[i];
            if (c < 0x80)
            {
                AddCharacter(c, 1);
            }
            else if (!char.IsSurrogate(c))
            {
                AddCharacter(c, c < 0x800 ? 2 : 3);
            }
            else if (i + 1 < word.Length && char.IsSurrogatePair(c, word[i + 1]))
            {
                AddCharacter(char.ConvertToUtf32(c, word[++i]), 4);
            }
            else
            {
                AddByte(EscapedUtf8.ByteOf(c));
            }
        }
    }

    /// <summary>Writes one symbol.</summary>
    public void Add(int symbol, int end)
    {
        _symbols[Count] = symbol;
        _ends[Count++] = end;
        _offset = end;
    }

    /// <summary>Writes a character as bytes, or as the unknown token.</summary>
    public void AddFallback(int codePoint)
    {
        Span<byte> bytes = stackalloc byte[4];
        int width = new Rune(codePoint).EncodeToUtf8(bytes);
        bool isSpelled = true;
        for (int i = 0; i < width; i++)
        {
            isSpelled &= _model.Bytes[bytes[i]] >= 0;
        }

        if (!isSpelled && !_model.IsByteLevel)
        {
            AddUnknown(width);
            return;
        }

        for (int i = 0; i < width; i++)
        {
            AddByte(bytes[i]);
        }
    }

    private void AddCharacter(int codePoint, int width)
    {
        int symbol = _model.IsByteLevel ? (width == 1 ? _model.Bytes[codePoint] : -1) : _model.Characters![codePoint];
        if (symbol >= 0)
        {
            Add(symbol, _offset + width);
        }
        else
        {
            AddFallback(codePoint);
        }
    }

    private void AddByte(byte value)
    {
        if (_model.Bytes[value] >= 0)
        {
            Add(_model.Bytes[value], _offset + 1);
        }
        else
        {
            AddUnknown(1);
        }
    }

    private void AddUnknown(int width)
    {
        if (_model.UnknownId < 0)
        {
            _offset += width;
        }
        else if (_model.FusesUnknown && Count > 0 && _symbols[Count - 1] == _model.UnknownId)
        {
            _ends[Count - 1] = _offset += width;
        }
        else
        {
            Add(_model.UnknownId, _offset + width);
        }
    }
}

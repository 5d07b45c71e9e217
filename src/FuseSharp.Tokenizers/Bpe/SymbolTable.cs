namespace FuseSharp.Tokenizers.Bpe;

/// <summary>Which symbol each character starts as.</summary>
internal sealed class SymbolTable
{
    private readonly int[] _basicPlane = new int[char.MaxValue + 1];
    private readonly Dictionary<int, int> _beyond = [];

    /// <summary>A table in which no character has a symbol.</summary>
    public SymbolTable() => Array.Fill(_basicPlane, -1);

    /// <summary>Names the symbol of a character.</summary>
    public void Add(int codePoint, int symbol)
    {
        if (codePoint <= char.MaxValue)
        {
            _basicPlane[codePoint] = symbol;
        }
        else
        {
            _beyond[codePoint] = symbol;
        }
    }

    /// <summary>The symbol of a character, or -1.</summary>
    public int this[int codePoint]
        => codePoint <= char.MaxValue ? _basicPlane[codePoint] : _beyond.GetValueOrDefault(codePoint, -1);
}

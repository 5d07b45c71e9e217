namespace FuseSharp.Fusion.Spelling;

/// <summary>Token strings as sequences of symbol numbers, in one flat array.</summary>
internal sealed class TokenSymbols
{
    private readonly int[] _starts;
    private readonly int[] _symbols;

    /// <summary>Reads the code points of all tokens.</summary>
    /// <param name="tokens">Any strings.</param>
    /// <param name="numbers">Shared by vocabularies that are compared.</param>
    public TokenSymbols(IReadOnlyList<string> tokens, SymbolNumbers numbers)
    {
        _starts = new int[tokens.Count + 1];
        var symbols = new List<int>(8 * tokens.Count);
        int[] buffer = new int[64];
        for (int t = 0; t < tokens.Count; t++)
        {
            if (tokens[t].Length > buffer.Length)
            {
                buffer = new int[2 * tokens[t].Length];
            }

            int length = CodePoints.Write(tokens[t], buffer);
            for (int i = 0; i < length; i++)
            {
                symbols.Add(numbers.NumberOf(buffer[i]));
            }

            _starts[t + 1] = symbols.Count;
        }

        _symbols = [.. symbols];
    }

    /// <summary>Number of tokens.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>The symbols of one token.</summary>
    public ReadOnlySpan<int> this[int token] => _symbols.AsSpan(_starts[token], _starts[token + 1] - _starts[token]);

    /// <summary>The symbols of all tokens one behind the other.</summary>
    public ReadOnlySpan<int> All => _symbols;

    /// <summary>Code points of one token.</summary>
    public int LengthOf(int token) => _starts[token + 1] - _starts[token];
}

using FuseSharp.Fusion.Spelling;


namespace FuseSharp.Fusion.Align;

/// <summary>The different spellings in one model's tokens of a document, numbered as they come, and where they stand.</summary>
/// <remarks>Working space of one thread. Positions count from the document's end.</remarks>
/// <param name="spellings">Of both vocabularies.</param>
internal sealed class SpellingSet(TokenSpellings spellings)
{
    // [spelling]: 1 + its number in this document; 0 outside it.
    private readonly int[] _numbers = new int[spellings.Count];
    private int[] _at = [];
    private int[] _spellings = [];
    private int[] _first = [];
    private int[] _last = [];
    // [numbers]: copied together, for comparing each with each is what the exact search begins with.
    private int[] _lengths = [];
    private CountSignature[] _signatures = [];

    /// <summary>Number of positions.</summary>
    public int Positions { get; private set; }

    /// <summary>Number of different spellings.</summary>
    public int Count { get; private set; }

    /// <summary>[positions]: numbers of spellings.</summary>
    public ReadOnlySpan<int> At => _at.AsSpan(0, Positions);

    /// <summary>[numbers]: spellings.</summary>
    public ReadOnlySpan<int> Spellings => _spellings.AsSpan(0, Count);

    /// <summary>[numbers]: symbols of the spellings.</summary>
    public ReadOnlySpan<int> Lengths => _lengths.AsSpan(0, Count);

    /// <summary>[numbers]: signatures of the spellings.</summary>
    public ReadOnlySpan<CountSignature> Signatures => _signatures.AsSpan(0, Count);

    /// <summary>Turns to another document.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="spellingOf">[vocabulary].</param>
    public void Read(int[] ids, int[] spellingOf)
    {
        foreach (int spelling in Spellings)
        {
            _numbers[spelling] = 0;
        }

        if (_at.Length < ids.Length)
        {
            int[] New() => new int[ids.Length];
            (_at, _spellings, _first, _last, _lengths) = (New(), New(), New(), New(), New());
            _signatures = new CountSignature[ids.Length];
        }

        (Positions, Count) = (ids.Length, 0);
        for (int p = 0; p < ids.Length; p++)
        {
            int spelling = spellingOf[ids[^(p + 1)]];
            ref int number = ref _numbers[spelling];
            if (number == 0)
            {
                _spellings[Count] = spelling;
                _first[Count] = p;
                _lengths[Count] = spellings.LengthOf(spelling);
                _signatures[Count] = spellings.SignatureOf(spelling);
                number = ++Count;
            }

            _last[number - 1] = p;
            _at[p] = number - 1;
        }
    }

    /// <summary>First position of a spelling; behind all where it does not come.</summary>
    public int FirstOf(int spelling) => _numbers[spelling] is > 0 and int number ? _first[number - 1] : int.MaxValue;

    /// <summary>Last position of a spelling; −1 where it does not come.</summary>
    public int LastOf(int spelling) => _numbers[spelling] is > 0 and int number ? _last[number - 1] : -1;
}

using System.Runtime.InteropServices;

namespace FuseSharp.Fusion.Spelling;

/// <summary>Gives the code points of some strings small numbers, so that tables over them stay small.</summary>
internal sealed class SymbolNumbers
{
    // Nearly all characters of vocabularies: a look-up in an array instead of a dictionary.
    private readonly int[] _basic = new int[0x3100];
    private readonly Dictionary<int, int> _others = [];

    /// <summary>Symbols so far; numbers are 0 … Count − 1.</summary>
    public int Count { get; private set; }

    /// <summary>The number of a code point, new ones counted up.</summary>
    public int NumberOf(int codePoint)
    {
        ref int number = ref codePoint < _basic.Length ? ref _basic[codePoint] : ref CollectionsMarshal.GetValueRefOrAddDefault(_others, codePoint, out _);
        if (number == 0)
        {
            number = ++Count;
        }

        return number - 1;
    }
}

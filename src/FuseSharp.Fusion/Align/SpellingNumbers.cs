using FuseSharp.Fusion.Spelling;

namespace FuseSharp.Fusion.Align;

/// <summary>The different spellings of a document's tokens, numbered as they come.</summary>
/// <remarks>Working space of one thread, used for one document after the other.</remarks>
/// <param name="count">Spellings of both vocabularies.</param>
internal sealed class SpellingNumbers(int count)
{
    // [spellings of both vocabularies]: number + 1; 0 where the document does not hold it.
    private readonly int[] _numbers = new int[count];
    private readonly List<int> _spellings = [];
    private int[] _at = [];
    private int _positions;

    /// <summary>[numbers]: the spellings.</summary>
    public IReadOnlyList<int> Spellings => _spellings;

    /// <summary>[positions]: the number of each token's spelling.</summary>
    public ReadOnlySpan<int> At => _at.AsSpan(0, _positions);

    /// <summary>Turns to another document.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="spellingOf">[vocabulary].</param>
    public void Read(int[] ids, int[] spellingOf)
    {
        foreach (int spelling in _spellings)
        {
            _numbers[spelling] = 0;
        }

        _spellings.Clear();
        _positions = ids.Length;
        WorkingSpace.Reserve(ref _at, ids.Length);
        for (int p = 0; p < ids.Length; p++)
        {
            int spelling = spellingOf[ids[p]];
            ref int number = ref _numbers[spelling];
            if (number == 0)
            {
                _spellings.Add(spelling);
                number = _spellings.Count;
            }

            _at[p] = number - 1;
        }
    }
}

namespace FuseSharp.Pipeline.Train;

/// <summary>What comes on top of a row's gradient at a few places; amounts at the same place add up.</summary>
internal sealed class LogitCorrections(int capacity)
{
    private readonly (long Index, double Amount)[] _all = new (long, double)[capacity];
    private int _count;

    /// <summary>Every place once.</summary>
    public ReadOnlySpan<(long Index, double Amount)> All => _all.AsSpan(0, _count);

    /// <summary>Forgets all.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds to a place.</summary>
    public void Add(long index, double amount)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_all[i].Index == index)
            {
                _all[i].Amount += amount;
                return;
            }
        }

        _all[_count++] = (index, amount);
    }
}

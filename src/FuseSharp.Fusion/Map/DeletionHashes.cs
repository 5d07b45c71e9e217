using System.Numerics;

namespace FuseSharp.Fusion.Map;

/// <summary>Hashes of a token with up to two of its symbols left out, each in constant time.</summary>
/// <remarks>A polynomial over the kept symbols: what stands behind a gap takes part with an exponent lowered by the gaps before it.</remarks>
internal sealed class DeletionHashes
{
    /// <summary>Longest token whose hashes are made; longer ones would have thousands.</summary>
    public const int MaxLength = 28;

    private const ulong Base = 0x9E3779B97F4A7C15;
    private static readonly ulong[] _powers = Powers();

    // [p]: the sum over symbols before p, with exponents p, p − 1 and p − 2.
    private readonly ulong[] _whole = new ulong[MaxLength + 1];
    private readonly ulong[] _behindOne = new ulong[MaxLength + 1];
    private readonly ulong[] _behindTwo = new ulong[MaxLength + 1];

    /// <summary>The hashes made last.</summary>
    public List<uint> Hashes { get; } = [];

    /// <summary>Makes the hashes of a token.</summary>
    /// <param name="token">At most <see cref="MaxLength"/> symbols.</param>
    /// <param name="deletions">Symbols left out at most, 1 or 2.</param>
    public void Make(ReadOnlySpan<int> token, int deletions)
    {
        Hashes.Clear();
        for (int p = 0; p < token.Length; p++)
        {
            ulong value = (ulong)(token[p] + 1);
            _whole[p + 1] = _whole[p] + value * _powers[p];
            _behindOne[p + 1] = p < 1 ? 0 : _behindOne[p] + value * _powers[p - 1];
            _behindTwo[p + 1] = p < 2 ? 0 : _behindTwo[p] + value * _powers[p - 2];
        }

        int length = token.Length;
        Add(_whole[length]);
        for (int i = 0; i < length; i++)
        {
            // Of a run of equal symbols it does not matter which is left out.
            if (i > 0 && token[i] == token[i - 1])
            {
                continue;
            }

            Add(_whole[i] + _behindOne[length] - _behindOne[i + 1]);
            for (int j = i + 1; deletions > 1 && j < length; j++)
            {
                if (j == i + 1 || token[j] != token[j - 1])
                {
                    Add(_whole[i] + _behindOne[j] - _behindOne[i + 1] + _behindTwo[length] - _behindTwo[j + 1]);
                }
            }
        }
    }

    // The low bits of a polynomial depend on the low bits of its symbols only: fold the high ones in.
    private void Add(ulong hash) => Hashes.Add((uint)((BitOperations.RotateLeft(hash, 29) ^ hash) * 0xBF58476D1CE4E5B9 >> 32));

    private static ulong[] Powers()
    {
        ulong[] powers = new ulong[MaxLength];
        powers[0] = 1;
        for (int i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * Base;
        }

        return powers;
    }
}

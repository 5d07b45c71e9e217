using System.Text;

namespace FuseSharp.Fuzz;

/// <summary>Makes inputs of good ones, the same for the same seed.</summary>
/// <param name="target">Whose inputs.</param>
/// <param name="seed">Of the draw.</param>
public sealed class Mutator(FuzzTarget target, int seed)
{
    private const int Longest = 1 << 16;

    private readonly Random _random = new(seed);
    private readonly TextChanges _texts = new(new Random(seed + 1));

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        byte[] input = target.Seeds[_random.Next(target.Seeds.Count)];
        for (int changes = 1 + _random.Next(4); changes > 0; changes--)
        {
            input = target.Kind == InputKind.Binary || _random.Next(5) == 0 ? Binary(input) : Encoding.UTF8.GetBytes(_texts.Change(Encoding.UTF8.GetString(input), target.Kind));
        }

        return input.Length > Longest ? input[..Longest] : input;
    }

    private byte[] Binary(byte[] input)
    {
        if (input.Length == 0)
        {
            return [(byte)_random.Next(256)];
        }

        byte[] changed = [.. input];
        int at = _random.Next(changed.Length);
        switch (_random.Next(7))
        {
            case 0:
                changed[at] ^= (byte)(1 << _random.Next(8));
                return changed;
            case 1:
                changed[at] = (byte)_random.Next(256);
                return changed;
            case 2:
                return changed[..at];
            case 3:
                return [.. changed[..at], .. changed[_random.Next(at, changed.Length)..]];
            case 4:
                int end = _random.Next(at, Math.Min(changed.Length, at + 200) + 1);
                return [.. changed[..end], .. changed[at..]];
            case 5:
                byte[] extreme = BitConverter.GetBytes(new[] { 0L, -1L, long.MaxValue, long.MinValue, int.MaxValue, int.MinValue, 0x30000000L, 1L << 40, 7 }[_random.Next(9)]);
                extreme.AsSpan(0, Math.Min(_random.Next(2) * 4 + 4, changed.Length - at)).CopyTo(changed.AsSpan(at & ~3));
                return changed;
            default:
                byte[] inserted = new byte[_random.Next(1, 16)];
                _random.NextBytes(inserted);
                return [.. changed[..at], .. inserted, .. changed[at..]];
        }
    }
}

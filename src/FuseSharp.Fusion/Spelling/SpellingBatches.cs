using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FuseSharp.Fusion.Spelling;

/// <summary>Levenshtein distances of one text to many patterns: as many patterns side by side as a vector has lanes.</summary>
/// <remarks>
/// The columns of <see cref="EditDistance"/>, a pattern in each lane: all lanes read the same text, so what they need for a symbol stands together in memory.
/// Working space of one thread, used for one set of patterns after the other.
/// </remarks>
/// <typeparam name="TLane">A lane, as many bits as a pattern may have symbols: ushort or ulong.</typeparam>
/// <param name="symbols">Symbols are 0 … symbols − 1.</param>
internal sealed class SpellingBatches<TLane>(int symbols)
    where TLane : unmanaged, IBinaryInteger<TLane>
{
    // [symbol]: its number among those of the patterns + 1; 0 where none holds it.
    private readonly int[] _numbers = new int[symbols];
    private readonly List<int> _held = [];
    // [batch · (held symbols + 1) · lanes]: bit p is set where the lane's symbol p is this one; symbol 0 is none.
    private TLane[] _positions = [];
    // [batch · lanes]: the highest bit of each pattern, and its length.
    private TLane[] _last = [];
    private TLane[] _lengths = [];
    // Where the text's symbols stand in a batch.
    private int[] _text = [];

    /// <summary>The longest pattern, symbols.</summary>
    public static int LongestPattern => Unsafe.SizeOf<TLane>() * 8;

    /// <summary>Patterns; as many distances are written for a text, those of whole batches.</summary>
    public int Room { get; private set; }

    private static int Lanes => Vector512<TLane>.Count;

    private int BatchSize => (_held.Count + 1) * Lanes;

    /// <summary>Turns to other patterns.</summary>
    /// <param name="patterns">Their numbers in <paramref name="spellings"/>, each of 1 to <see cref="LongestPattern"/> symbols.</param>
    /// <param name="spellings">Where they are spelled.</param>
    public void Read(IReadOnlyList<int> patterns, TokenSymbols spellings)
    {
        foreach (int symbol in _held)
        {
            _numbers[symbol] = 0;
        }

        _held.Clear();
        foreach (int pattern in patterns)
        {
            foreach (int symbol in spellings[pattern])
            {
                if (_numbers[symbol] == 0)
                {
                    _held.Add(symbol);
                    _numbers[symbol] = _held.Count;
                }
            }
        }

        int batches = (patterns.Count + Lanes - 1) / Lanes;
        Room = batches * Lanes;
        Clear(ref _positions, checked(batches * BatchSize));
        Clear(ref _last, Room);
        Clear(ref _lengths, Room);
        for (int p = 0; p < patterns.Count; p++)
        {
            var pattern = spellings[patterns[p]];
            int at = (p / Lanes * BatchSize) + (p % Lanes);
            for (int i = 0; i < pattern.Length; i++)
            {
                _positions[at + (_numbers[pattern[i]] * Lanes)] |= TLane.One << i;
            }

            _last[p] = TLane.One << (pattern.Length - 1);
            _lengths[p] = TLane.CreateTruncating(pattern.Length);
        }
    }

    /// <summary>Compares all patterns with a text.</summary>
    /// <param name="text">Symbols, fewer than the lane counts.</param>
    /// <param name="distances">[at least <see cref="Room"/>]: gets the distances, in the order of the patterns; 0 behind the last.</param>
    /// <returns>The largest distance.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public TLane Compare(ReadOnlySpan<int> text, Span<TLane> distances)
    {
        WorkingSpace.Reserve(ref _text, text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            _text[i] = _numbers[text[i]] * Lanes;
        }

        var places = _text.AsSpan(0, text.Length);
        ref var positions = ref MemoryMarshal.GetArrayDataReference(_positions);
        var largest = Vector512<TLane>.Zero;
        for (int start = 0; start < Room; start += Lanes)
        {
            ref var batch = ref Unsafe.Add(ref positions, start / Lanes * BatchSize);
            var last = Vector512.Create(_last, start);
            var distance = Vector512.Create(_lengths, start);
            var rises = Vector512<TLane>.AllBitsSet;
            var falls = Vector512<TLane>.Zero;
            foreach (int place in places)
            {
                var equal = Vector512.LoadUnsafe(ref batch, (nuint)place);
                var vertical = equal | falls;
                var horizontal = (((equal & rises) + rises) ^ rises) | equal;
                var horizontalRises = falls | ~(horizontal | rises);
                var horizontalFalls = rises & horizontal;
                // A comparison is −1 where it holds.
                distance -= Vector512.Equals(horizontalRises & last, last);
                distance += Vector512.Equals(horizontalFalls & last, last);
                horizontalRises = (horizontalRises << 1) | Vector512<TLane>.One;
                rises = (horizontalFalls << 1) | ~(vertical | horizontalRises);
                falls = horizontalRises & vertical;
            }

            distance.CopyTo(distances[start..]);
            largest = Vector512.Max(largest, distance);
        }

        var most = TLane.Zero;
        for (int lane = 0; lane < Lanes; lane++)
        {
            most = TLane.Max(most, largest[lane]);
        }

        return most;
    }

    private static void Clear(ref TLane[] array, int length)
    {
        WorkingSpace.Reserve(ref array, length);
        array.AsSpan(0, length).Clear();
    }
}

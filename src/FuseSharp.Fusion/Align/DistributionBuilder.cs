using System.Buffers;
using System.Runtime.InteropServices;
using FuseSharp.Fusion.Records;

namespace FuseSharp.Fusion.Align;

/// <summary>Grows the rows of one document.</summary>
internal sealed class DistributionBuilder : IDisposable
{
    private readonly int _k;
    private readonly List<int> _rowStarts;
    private readonly List<int> _indices;
    private readonly List<float> _scores;
    // [vocabulary]: one more than the place of a token in the open row; 0 where it is not in it.
    private readonly int[] _places;
    private readonly List<(int Id, double Mass)> _row = [];
    private (int Id, double Mass, float LogWeight)[] _sorted = [];

    /// <summary>Starts without rows.</summary>
    /// <param name="positions">Rows expected.</param>
    /// <param name="k">Most candidates of a row of probabilities; where they come from more tokens, the largest stay.</param>
    /// <param name="vocabulary">Tokens of the target.</param>
    public DistributionBuilder(int positions, int k, int vocabulary)
    {
        _k = k;
        _rowStarts = new(positions + 1) { 0 };
        _indices = new(positions * k);
        _scores = new(positions * k);
        _places = ArrayPool<int>.Shared.Rent(vocabulary);
        _places.AsSpan(0, vocabulary).Clear();
    }

    /// <summary>Adds probability to a token of the open row; tokens named twice add up.</summary>
    public void AddMass(int id, double probability)
    {
        if (_places[id] == 0)
        {
            _row.Add((id, probability));
            _places[id] = _row.Count;
            return;
        }

        ref var entry = ref CollectionsMarshal.AsSpan(_row)[_places[id] - 1];
        entry.Mass += probability;
    }

    /// <summary>Adds a logit for a token of the open row as it is, unless the row names the token already.</summary>
    /// <returns>Whether it was added.</returns>
    public bool AddFirstLogit(int id, float logit)
    {
        if (CollectionsMarshal.AsSpan(_indices)[_rowStarts[^1]..].Contains(id))
        {
            return false;
        }

        _indices.Add(id);
        _scores.Add(logit);
        return true;
    }

    /// <summary>Closes the open row: summed probabilities as logarithms, largest first, equal ones in id order.</summary>
    /// <returns>The probability in the row, at most 1.</returns>
    public double EndRow()
    {
        double mass = 0;
        foreach (var (id, own) in _row)
        {
            mass += own;
            _places[id] = 0;
        }

        // Float16 logits round: ten of them may claim 1.0003 of the probability. The rest of a row is 1 − its sum and must not be negative.
        double scale = mass > 1 ? 1 / mass : 1;
        double kept = 0;
        foreach (var (id, own, logWeight) in Largest(scale))
        {
            kept += own * scale;
            _indices.Add(id);
            _scores.Add(logWeight);
        }

        _row.Clear();
        _rowStarts.Add(_indices.Count);
        return kept;
    }

    /// <summary>The rows so far as a record.</summary>
    /// <param name="unit">What was given as scores.</param>
    public TeacherDistributions Build(ScoreUnit unit) => new([.. _rowStarts], [.. _indices], [.. _scores], unit);

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<int>.Shared.Return(_places);

    private ReadOnlySpan<(int Id, double Mass, float LogWeight)> Largest(double scale)
    {
        if (_sorted.Length < _row.Count)
        {
            _sorted = new (int, double, float)[2 * _row.Count];
        }

        int count = 0;
        foreach (var (id, mass) in _row)
        {
            if (mass > 0)
            {
                _sorted[count++] = (id, mass, (float)Math.Log(mass * scale));
            }
        }

        var sorted = _sorted.AsSpan(0, count);
        sorted.Sort(static (a, b) => b.LogWeight.CompareTo(a.LogWeight) is not 0 and var order ? order : a.Id.CompareTo(b.Id));
        return sorted[..Math.Min(count, _k)];
    }
}

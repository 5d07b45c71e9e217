using System.Runtime.InteropServices;
using FuseSharp.Core.Records;

namespace FuseSharp.Core.Align;

/// <summary>Grows the rows of one document.</summary>
/// <param name="positions">Rows expected.</param>
/// <param name="k">Candidates expected in a row.</param>
internal sealed class SparseRowsBuilder(int positions, int k)
{
    private readonly List<int> _rowStarts = new(positions + 1) { 0 };
    private readonly List<int> _indices = new(positions * k);
    private readonly List<float> _logWeights = new(positions * k);
    private int[] _rowIds = new int[k];
    private double[] _rowMasses = new double[k];
    private int _rowCount;

    /// <summary>Adds probability to a token of the open row; tokens named twice add up.</summary>
    public void AddMass(int id, double probability)
    {
        // A row holds k candidates; over so few a vectorised search beats any table.
        int at = _rowIds.AsSpan(0, _rowCount).IndexOf(id);
        if (at >= 0)
        {
            _rowMasses[at] += probability;
            return;
        }

        if (_rowCount == _rowIds.Length)
        {
            Array.Resize(ref _rowIds, 2 * _rowCount + 1);
            Array.Resize(ref _rowMasses, 2 * _rowCount + 1);
        }

        _rowIds[_rowCount] = id;
        _rowMasses[_rowCount++] = probability;
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
        _logWeights.Add(logit);
        return true;
    }

    /// <summary>Closes the open row: summed probabilities as logarithms, largest first, equal ones in id order.</summary>
    /// <returns>The probability in the row, at most 1.</returns>
    public double EndRow()
    {
        double mass = 0;
        for (int c = 0; c < _rowCount; c++)
        {
            mass += _rowMasses[c];
        }

        // Float16 logits round: ten of them may claim 1.0003 of the probability. The rest of a row is 1 − its sum and must not be negative.
        double scale = mass > 1 ? 1 / mass : 1;
        int start = _indices.Count;
        for (int c = 0; c < _rowCount; c++)
        {
            if (_rowMasses[c] > 0)
            {
                Insert(start, _rowIds[c], (float)Math.Log(_rowMasses[c] * scale));
            }
        }

        _rowCount = 0;
        _rowStarts.Add(_indices.Count);
        return mass * scale;
    }

    /// <summary>The rows so far as a record.</summary>
    public SparseRows Build() => new([.. _rowStarts], [.. _indices], [.. _logWeights]);

    // Insertion sort: the source's candidates come largest first, so nearly every one stays at the end.
    private void Insert(int start, int id, float logWeight)
    {
        _indices.Add(id);
        _logWeights.Add(logWeight);
        int at = _indices.Count - 1;
        while (at > start && (_logWeights[at - 1] < logWeight || (_logWeights[at - 1] == logWeight && _indices[at - 1] > id)))
        {
            _indices[at] = _indices[at - 1];
            _logWeights[at] = _logWeights[at - 1];
            at--;
        }

        _indices[at] = id;
        _logWeights[at] = logWeight;
    }
}

namespace FuseSharp.Models.Scoring;

/// <summary>Positions of a batch that are scored together, and where their scores belong.</summary>
internal sealed class ScoredPlaces
{
    private readonly List<(int Sequence, int Position)> _owners = [];

    /// <summary>Rows of the batch's states.</summary>
    public List<long> Positions { get; } = [];

    /// <summary>The token behind each.</summary>
    public List<long> Labels { get; } = [];

    /// <summary>Where the points of each one's sample lie; 0 where nothing is drawn.</summary>
    public List<double> Points { get; } = [];

    /// <summary>Adds a position.</summary>
    public void Add(int sequence, int position, long row, long label, double point)
    {
        Points.Add(point);
        _owners.Add((sequence, position));
        Positions.Add(row);
        Labels.Add(label);
    }

    /// <summary>Copies scores to their sequences.</summary>
    /// <param name="scores">Of all sequences.</param>
    /// <param name="found">Of these positions.</param>
    /// <param name="k">Candidates of a position.</param>
    public void CopyTo(SequenceScores[] scores, SequenceScores found, int k)
    {
        for (int i = 0; i < _owners.Count; i++)
        {
            var (sequence, position) = _owners[i];
            var own = scores[sequence];
            own.CrossEntropies[position] = found.CrossEntropies[i];
            own.LogNormalizers[position] = found.LogNormalizers[i];
            found.Indices.AsSpan(i * k, k).CopyTo(own.Indices.AsSpan(position * k));
            found.Logits.AsSpan(i * k, k).CopyTo(own.Logits.AsSpan(position * k));
        }
    }
}

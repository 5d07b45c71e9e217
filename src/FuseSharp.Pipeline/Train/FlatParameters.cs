using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train;

/// <summary>All parameters as one row of numbers, cut into an equal share for each rank.</summary>
/// <remarks>
/// Matrices stand first, norms and biases (one dimension) behind them; cuts fall where they fall, inside a parameter too.
/// <code>
/// parameters   embedding     | q_proj | k_proj | … | norms
/// shares       0         | 1         | 2         | 3
/// </code>
/// </remarks>
internal sealed class FlatParameters
{
    private readonly (Tensor Parameter, long Start)[] _all;

    /// <param name="parameters">Leaves of one type on one device; owned by the model.</param>
    /// <param name="ranks">Shares.</param>
    public FlatParameters(IEnumerable<Tensor> parameters, int ranks)
    {
        Tensor[] ordered = [.. parameters.OrderBy(p => p.dim() < 2)]; // stable: names keep their order
        _all = new (Tensor, long)[ordered.Length];
        for (int i = 0; i < ordered.Length; i++)
        {
            _all[i] = (ordered[i], Count);
            Count += ordered[i].numel();
            Matrices = ordered[i].dim() < 2 ? Matrices : Count;
        }

        Share = (Count + ranks - 1) / ranks;
    }

    /// <summary>Numbers in all.</summary>
    public long Count { get; }

    /// <summary>Numbers of the matrices, which stand first.</summary>
    public long Matrices { get; }

    /// <summary>Numbers of a rank's share; the last ones may be shorter.</summary>
    public long Share { get; }

    /// <summary>One of them: all have its type and its device.</summary>
    public Tensor First => _all[0].Parameter;

    /// <summary>Where a rank's share begins and how long it is.</summary>
    public (long Start, long Count) ShareOf(int rank) => (Math.Min(Count, rank * Share), Math.Clamp(Count - (rank * Share), 0, Share));

    /// <summary>The pieces of parameters that lie in a range.</summary>
    /// <param name="start">First number.</param>
    /// <param name="count">How many; what lies behind the last parameter gives no piece.</param>
    /// <returns>For each piece its parameter, where it begins in it, where it begins in the range, and its length.</returns>
    public IEnumerable<(Tensor Parameter, long At, long InRange, long Count)> Pieces(long start, long count)
    {
        foreach (var (parameter, first) in _all)
        {
            long from = Math.Max(start, first);
            long length = Math.Min(start + count, first + parameter.numel()) - from;
            if (length > 0)
            {
                yield return (parameter, from - first, from - start, length);
            }
        }
    }

    /// <summary>Takes the gradients away: the next backward pass puts its own there without adding.</summary>
    public void ClearGradients() => Array.ForEach(_all, p => p.Parameter.grad = null);
}

using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>All parameters as one row of numbers, cut into buckets, of each of which every rank holds a part.</summary>
/// <remarks>
/// Matrices stand first, norms and biases (one dimension) behind them; cuts fall where they fall, inside a parameter too. A bucket can be exchanged as soon as the gradients of its
/// few parameters are there, and gives every rank the same work.
/// <code>
/// parameters   embedding         | q_proj    | k_proj     | …    | norms
/// buckets      0           | 1           | 2           | 3       |
/// held by      0 | 1 | 2   | 0 | 1 | 2   | 0 | 1 | 2   | 0 |1 |2 |
/// </code>
/// </remarks>
internal sealed class FlatParameters
{
    /// <summary>Numbers of a bucket: 16 MB of float32, long enough for full bandwidth, small beside any model.</summary>
    public const long BucketNumbers = 1L << 22;

    private readonly (Tensor Parameter, long Start)[] _all;

    /// <param name="parameters">Leaves of one type on one device; owned by the model.</param>
    /// <param name="ranks">Who hold them.</param>
    /// <param name="bucketNumbers">Numbers of a bucket, but for what the ranks' equal parts leave over.</param>
    public FlatParameters(IEnumerable<Tensor> parameters, int ranks, long bucketNumbers = BucketNumbers)
    {
        Tensor[] ordered = [.. parameters.OrderBy(p => p.dim() < 2)]; // stable: names keep their order
        _all = new (Tensor, long)[ordered.Length];
        for (int i = 0; i < ordered.Length; i++)
        {
            _all[i] = (ordered[i], Count);
            Count += ordered[i].numel();
            Matrices = ordered[i].dim() < 2 ? Matrices : Count;
        }

        Layout = new RankLayout(Count, ranks, ranks == 1 ? Count : Math.Clamp(bucketNumbers / ranks, 1, (Count + ranks - 1) / ranks));
    }

    /// <summary>Numbers in all.</summary>
    public long Count { get; }

    /// <summary>Numbers of the matrices, which stand first.</summary>
    public long Matrices { get; }

    /// <summary>Who holds what.</summary>
    public RankLayout Layout { get; }

    /// <summary>One of them: all have its type and its device.</summary>
    public Tensor First => _all[0].Parameter;

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

    /// <summary>Adds the parameters' gradients to a row.</summary>
    /// <param name="sums">[count] float32, on the parameters' device.</param>
    /// <param name="isEmpty">Whether there is nothing in it yet.</param>
    public void AddGradients(Tensor sums, bool isEmpty)
    {
        foreach (var (parameter, _, start, count) in Pieces(0, Count))
        {
            using var scope = NewDisposeScope();
            var sum = sums.narrow(0, start, count).view(parameter.shape);
            using var gradient = parameter.grad;
            if (gradient is not null && !gradient.IsInvalid)
            {
                _ = isEmpty ? sum.copy_(gradient) : sum.PlusInPlace(gradient);
            }
            else if (isEmpty)
            {
                sum.zero_();
            }
        }
    }

    /// <summary>Takes the gradients away: the next backward pass puts its own there without adding.</summary>
    public void ClearGradients() => Array.ForEach(_all, p => p.Parameter.grad = null);
}

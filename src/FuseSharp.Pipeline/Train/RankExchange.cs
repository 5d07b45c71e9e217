using System.Runtime.InteropServices;
using FuseSharp.Models.Native;
using FuseSharp.Storage.Ranks;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train;

/// <summary>What ranks tell each other in a training step (ZeRO stage 2, Rajbhandari et al. 2020): gradients are summed, each rank keeping its share; weights are gathered.</summary>
/// <remarks>
/// Goes through main memory piece by piece, whatever the model's size and wherever it lies: a message never exceeds the stage, and the MPI need not know of graphics processors.
/// Gradients are summed in float32; weights travel in their own type.
/// </remarks>
/// <param name="parameters">What is trained.</param>
/// <param name="ranks">More than one.</param>
/// <param name="stagedNumbers">Numbers of the stage.</param>
internal sealed class RankExchange(FlatParameters parameters, IProcessGroup ranks, long stagedNumbers = RankExchange.DefaultStagedNumbers)
{
    /// <summary>16 MB of float32: long enough for full bandwidth, small beside any model.</summary>
    public const long DefaultStagedNumbers = 1L << 22;

    private readonly long _piece = Math.Clamp(stagedNumbers / ranks.Count, 1, parameters.Share);

    /// <summary>Adds the sum of all ranks' gradients to what this rank keeps of it.</summary>
    /// <param name="share">[share] float32.</param>
    /// <param name="isEmpty">Whether there is nothing in it yet.</param>
    public void AddGradients(Tensor share, bool isEmpty)
    {
        using var scope = NewDisposeScope();
        var stage = empty([ranks.Count, _piece], ScalarType.Float32);
        var received = empty([_piece], ScalarType.Float32);
        foreach (var (start, count) in Rounds())
        {
            using var round = NewDisposeScope();
            stage.zero_();
            for (int rank = 0; rank < ranks.Count; rank++)
            {
                foreach (var (parameter, at, inRange, length) in parameters.Pieces(parameters.ShareOf(rank).Start + start, LengthOf(rank, start, count)))
                {
                    using var gradient = parameter.grad;
                    if (gradient is not null && !gradient.IsInvalid)
                    {
                        stage[rank].narrow(0, inRange, length).copy_(gradient.reshape(-1).narrow(0, at, length));
                    }
                }
            }

            ranks.ReduceScatter(MemoryMarshal.Cast<byte, float>(stage.bytes), MemoryMarshal.Cast<byte, float>(received.bytes));
            long own = LengthOf(ranks.Rank, start, count);
            if (own > 0)
            {
                var kept = share.narrow(0, start, own);
                var sum = received.narrow(0, 0, own).to(share.device);
                _ = isEmpty ? kept.copy_(sum) : kept.PlusInPlace(sum);
            }
        }
    }

    /// <summary>Gives every rank the weights that the others have updated.</summary>
    public void GatherWeights()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var stage = empty([ranks.Count, _piece], parameters.First.dtype);
        foreach (var (start, count) in Rounds())
        {
            using var round = NewDisposeScope();
            Copy(ranks.Rank, start, count, stage, toStage: true);
            ranks.AllGather(stage.bytes);
            foreach (int rank in Enumerable.Range(0, ranks.Count).Where(r => r != ranks.Rank))
            {
                Copy(rank, start, count, stage, toStage: false);
            }
        }
    }

    private void Copy(int rank, long start, long count, Tensor stage, bool toStage)
    {
        foreach (var (parameter, at, inRange, length) in parameters.Pieces(parameters.ShareOf(rank).Start + start, LengthOf(rank, start, count)))
        {
            var staged = stage[rank].narrow(0, inRange, length);
            var weights = parameter.view(-1).narrow(0, at, length);
            _ = toStage ? staged.copy_(weights) : weights.copy_(staged);
        }
    }

    // Of a round's numbers those that belong to a rank: shares at the end may be shorter.
    private long LengthOf(int rank, long start, long count) => Math.Clamp(parameters.ShareOf(rank).Count - start, 0, count);

    private IEnumerable<(long Start, long Count)> Rounds()
    {
        for (long start = 0; start < parameters.Share; start += _piece)
        {
            yield return (start, Math.Min(_piece, parameters.Share - start));
        }
    }
}

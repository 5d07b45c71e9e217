using FuseSharp.Models.Native;
using FuseSharp.Storage.Ranks;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>Through main memory, by whatever the ranks talk with: threads of a process, MPI.</summary>
/// <remarks>
/// Every rank sends each other its part of the bucket, and each adds what it got: rank 0's numbers first, then rank 1's and so on, in float32, whatever type they came in.
/// So the sums are the same bits by every such transport, which makes this one the oracle of those that add on the way. As many bytes travel as by a ring.
/// </remarks>
/// <param name="ranks">All of them.</param>
internal sealed class HostTransport(IProcessGroup ranks) : IGradientTransport
{
    /// <inheritdoc/>
    public string Name => "main memory";

    /// <inheritdoc/>
    public Device Device => CPU;

    /// <inheritdoc/>
    public IPendingSum BeginReduceScatter(Tensor bucket)
    {
        var received = empty_like(bucket).DetachFromDisposeScope();
        long part = bucket.shape[1] * bucket.element_size();
        return new Sum(received, ranks.BeginAllToAll(TensorAddress.Of(bucket), TensorAddress.Of(received), part));
    }

    /// <inheritdoc/>
    public void AllGather(Tensor bucket) => ranks.AllGather(bucket.bytes);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Sum(Tensor received, ITransfer transfer) : IPendingSum
    {
        public void Advance() => transfer.Advance();

        public Tensor Finish()
        {
            transfer.Wait();
            using var parts = received;
            using var scope = NewDisposeScope();
            var sum = parts[0].to(ScalarType.Float32, copy: true);
            for (long rank = 1; rank < parts.shape[0]; rank++)
            {
                sum.PlusInPlace(parts[rank]);
            }

            return sum.MoveToOuterDisposeScope();
        }
    }
}

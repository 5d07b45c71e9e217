using System.Diagnostics;
using FuseSharp.Errors;
using FuseSharp.Models.Native;
using FuseSharp.Storage.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>From graphics processor to graphics processor, by NCCL.</summary>
/// <remarks>
/// libtorch works on the device's default stream, NCCL on one beside it, which waits for what the default stream had to do when an operation began; so buckets travel while the backward pass goes
/// on. The host waits until an operation is done before libtorch uses its result, and looks meanwhile whether it still can be: an error of any rank, or too long a wait, ends the communicator.
/// The order of sums is NCCL's, and with bfloat16 it rounds after each of them.
/// </remarks>
internal sealed class NcclTransport : IGradientTransport
{
    /// <summary>Longest wait for other ranks, as PyTorch has it.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromMinutes(10);

    private const int ProbeNumbers = 1 << 16;
    private static readonly TimeSpan _impatience = TimeSpan.FromMilliseconds(2);

    private readonly IProcessGroup _ranks;
    private readonly NcclLibrary _nccl;
    private readonly DeviceRuntime _runtime;
    private readonly TimeSpan _patience;
    private readonly nint _stream;
    private readonly nint _ready;
    private nint _communicator;
    private int _pending;

    /// <summary>Joins all ranks, and lets them exchange a little whose outcome is known.</summary>
    /// <param name="ranks">All of them; by them rank 0's id travels.</param>
    /// <param name="nccl">The library.</param>
    /// <param name="runtime">Of the device.</param>
    /// <param name="device">This rank's own, where its numbers lie.</param>
    /// <param name="patience">Longest wait for other ranks.</param>
    /// <exception cref="ArtifactException">The ranks do not come together, or what they exchange is wrong.</exception>
    public NcclTransport(IProcessGroup ranks, NcclLibrary nccl, DeviceRuntime runtime, Device device, TimeSpan patience)
    {
        (_ranks, _nccl, _runtime, Device, _patience) = (ranks, nccl, runtime, device, patience);
        NcclUniqueId id = default;
        if (ranks.Rank == 0)
        {
            Check(nccl.GetUniqueId(out id), "ncclGetUniqueId");
        }

        string text = ranks.Broadcast(Convert.ToHexString(id));
        Convert.FromHexString(text).CopyTo((Span<byte>)id);
        UseDevice();
        Check(nccl.JoinCommunicator(ranks.Count, id, ranks.Rank, out _communicator), "ncclCommInitRank");
        _stream = runtime.CreateStream();
        _ready = runtime.CreateEvent();
        try
        {
            Probe();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name => $"NCCL {_nccl.Version}";

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public IPendingSum BeginReduceScatter(Tensor bucket)
    {
        var sum = empty([bucket.shape[1]], bucket.dtype, Device).DetachFromDisposeScope();
        var type = bucket.dtype == ScalarType.BFloat16 ? NcclType.Bfloat16 : NcclType.Float32;
        nint done = Begin(() => Check(_nccl.ReduceScatter(TensorAddress.Of(bucket), TensorAddress.Of(sum), sum.numel(), type, _communicator, _stream), "ncclReduceScatter"));
        return new Sum(this, sum, done);
    }

    /// <inheritdoc/>
    public void AllGather(Tensor bucket)
    {
        long bytes = bucket.numel() * bucket.element_size() / _ranks.Count;
        nint whole = TensorAddress.Of(bucket);
        Finish(Begin(() => Check(_nccl.AllGather(whole + (nint)(_ranks.Rank * bytes), whole, bytes, NcclType.Uint8, _communicator, _stream), "ncclAllGather")));
        GC.KeepAlive(bucket);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_communicator != 0 && _pending == 0)
        {
            _nccl.Destroy(_communicator);
        }
        else
        {
            Abort();
        }

        _communicator = 0;
        _runtime.DestroyEvent(_ready);
        _runtime.DestroyStream(_stream);
    }

    // Wrong sums are seen on boards whose processors reach each other's memory through a bus that translates addresses (IOMMU, ACS).
    private void Probe()
    {
        using var scope = NewDisposeScope();
        var own = full([ProbeNumbers], RootedScalar.Of(_ranks.Rank + 1), ScalarType.Float32, Device);
        var sum = zeros([ProbeNumbers], ScalarType.Float32, Device);
        var first = zeros([ProbeNumbers], ScalarType.Float32, Device);
        Finish(Begin(() =>
        {
            Check(_nccl.BeginGroup(), "ncclGroupStart");
            Check(_nccl.AllReduce(TensorAddress.Of(own), TensorAddress.Of(sum), ProbeNumbers, NcclType.Float32, _communicator, _stream), "ncclAllReduce");
            Check(_nccl.Broadcast(TensorAddress.Of(own), TensorAddress.Of(first), ProbeNumbers, NcclType.Float32, _communicator, _stream), "ncclBroadcast");
            Check(_nccl.EndGroup(), "ncclGroupEnd");
        }));
        double expected = _ranks.Count * (_ranks.Count + 1) / 2.0;
        if (!sum.eq(RootedScalar.Of(expected)).all().ToBoolean() || !first.eq(RootedScalar.Of(1.0)).all().ToBoolean())
        {
            throw new ArtifactException(FormattableString.Invariant($"{Who}: NCCL {_nccl.Version} gives wrong sums between these graphics processors (expected {expected} in every place). Set NCCL_P2P_DISABLE=1, or {NcclLibrary.Variable}={NcclLibrary.None} to exchange through main memory."));
        }
    }

    private string Who => _ranks.NameOf(_ranks.Rank);

    // Returns an event behind the operation.
    private nint Begin(Action enqueue)
    {
        UseDevice(); // the engine's threads have devices of their own
        _runtime.Record(_ready, 0);
        _runtime.Wait(_stream, _ready);
        _pending++;
        enqueue();
        nint done = _runtime.CreateEvent();
        _runtime.Record(done, _stream);
        return done;
    }

    private void Finish(nint done)
    {
        UseDevice();
        long started = Stopwatch.GetTimestamp();
        bool isDone;
        do
        {
            isDone = _runtime.IsDone(done);
            var waited = Stopwatch.GetElapsedTime(started);
            if (_nccl.AsyncError(_communicator, out int error) is not NcclLibrary.Success and var failed)
            {
                error = failed;
            }

            if (error is not (NcclLibrary.Success or NcclLibrary.InProgress) || (!isDone && waited > _patience))
            {
                string what = waited > _patience ? FormattableString.Invariant($"waited {_patience.TotalSeconds:N0} s for the other ranks' part in an exchange of gradients") : $"NCCL reports '{_nccl.Describe(error)}' in an exchange of gradients";
                Abort();
                throw new ArtifactException($"{Who}: {what}. Another rank is gone or hangs, or the network between the machines does; run the same command again. NCCL_DEBUG=INFO shows what NCCL does.");
            }

            if (!isDone)
            {
                Thread.Sleep(waited < _impatience ? 0 : 1);
            }
        }
        while (!isDone);
        _runtime.DestroyEvent(done);
        _pending--;
    }

    private void Abort()
    {
        if (_communicator != 0)
        {
            _nccl.Abort(_communicator);
            _communicator = 0;
        }
    }

    private void UseDevice() => _runtime.UseDevice(Math.Max(0, Device.index));

    private void Check(int result, string function)
    {
        if (result is not (NcclLibrary.Success or NcclLibrary.InProgress))
        {
            throw new ArtifactException($"{Who}: {function} of NCCL {_nccl.Version} answers '{_nccl.Describe(result)}'. Each rank needs a graphics processor of its own; NCCL_DEBUG=WARN says more, {NcclLibrary.Variable}={NcclLibrary.None} exchanges through main memory.");
        }
    }

    private sealed class Sum(NcclTransport transport, Tensor sum, nint done) : IPendingSum
    {
        public void Advance()
        {
            // NCCL needs no help.
        }

        public Tensor Finish()
        {
            transport.Finish(done);
            using var detached = sum;
            return detached.alias(); // of the caller's scope
        }
    }
}

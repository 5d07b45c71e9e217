using System.Diagnostics;
using System.Runtime.ExceptionServices;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>What ranks tell each other in a training step (ZeRO stage 2, Rajbhandari et al. 2020): gradients are summed, each rank keeping its parts; weights are gathered.</summary>
/// <remarks>
/// Bucket by bucket, whatever the model's size: a message never exceeds one, and few are on their way at a time. In the backward pass before an exchange a bucket leaves as soon as all blocks
/// that it has parameters of have their gradients; the order is that of all ranks. Weights travel in their own type.
/// </remarks>
internal sealed class GradientExchange : IDisposable
{
    /// <summary>Buckets on their way at a time: one travels while another is filled.</summary>
    public const int MostInFlight = 2;

    private readonly FlatParameters _parameters;
    private readonly IGradientTransport _transport;
    private readonly int _rank;
    private readonly ScalarType _type;
    private readonly Tensor _share;
    private readonly Queue<(int Bucket, Tensor Sent, IPendingSum Sum)> _onTheWay = new();
    private readonly List<nn.Module> _blocks = [];
    private Tensor? _whole; // [count] float32: this rank's gradients of the step's micro-batches so far
    private bool _wholeIsEmpty = true;
    private (int Bucket, int After)[] _order;
    private int _sent;
    private ExceptionDispatchInfo? _error;

    /// <param name="parameters">What is trained.</param>
    /// <param name="transport">Between the ranks; disposed with this.</param>
    /// <param name="rank">This one.</param>
    /// <param name="type">In which gradients travel.</param>
    /// <param name="share">[share] float32: gets the sums of what this rank holds.</param>
    public GradientExchange(FlatParameters parameters, IGradientTransport transport, int rank, ExchangeType type, Tensor share)
    {
        (_parameters, _transport, _rank, _share) = (parameters, transport, rank, share);
        _type = type == ExchangeType.Float32 ? ScalarType.Float32 : ScalarType.BFloat16;
        _order = [.. Enumerable.Range(0, parameters.Layout.Buckets).Select(b => (b, int.MaxValue))];
    }

    /// <summary>By what, in words.</summary>
    public string Transport => _transport.Name;

    /// <summary>Seconds that went into it so far: filling buckets, waiting for others, adding.</summary>
    public double Seconds { get; private set; }

    /// <summary>Buckets that left during a backward pass so far.</summary>
    public int Early { get; private set; }

    /// <summary>Learns from a model in which order gradients come: the head's, then the last block's, at the end those of what is outside of blocks.</summary>
    public void Follow(CausalModel model)
    {
        _blocks.AddRange(model.Blocks);
        var after = new Dictionary<Tensor, int>(ReferenceEqualityComparer.Instance);
        foreach (var (i, block) in _blocks.Index())
        {
            foreach (var parameter in block.parameters())
            {
                after[parameter] = _blocks.Count - i;
            }
        }

        if (!model.IsTied)
        {
            after[model.OutputWeight] = 0; // there before the way back begins
        }

        int AfterOf(int bucket) => Pieces(bucket).Max(p => after.GetValueOrDefault(p.Parameter, int.MaxValue));
        _order = [.. _order.Select(o => (o.Bucket, After: AfterOf(o.Bucket))).OrderBy(o => o.After).ThenByDescending(o => o.Bucket)];
    }

    /// <summary>Keeps this rank's gradients of a micro-batch for an exchange after a later one.</summary>
    public void Keep()
    {
        _whole ??= empty(_parameters.Count, ScalarType.Float32, _parameters.First.device).DetachFromDisposeScope();
        _parameters.AddGradients(_whole, _wholeIsEmpty);
        _wholeIsEmpty = false;
    }

    /// <summary>Sends what can leave now that the way back is through a block. An error waits for <see cref="Finish"/>: it must not pass through the engine.</summary>
    /// <param name="block">Its gradients and those of all behind it are there.</param>
    /// <param name="isEmpty">Whether there is nothing in the share yet.</param>
    public void Pass(nn.Module block, bool isEmpty)
    {
        if (_error is not null)
        {
            return;
        }

        try
        {
            int before = _sent;
            Send(_blocks.Count - _blocks.IndexOf(block), isEmpty);
            Early += _sent - before;
            foreach (var (_, _, sum) in _onTheWay)
            {
                sum.Advance();
            }
        }
        catch (Exception error)
        {
            _error = ExceptionDispatchInfo.Capture(error);
        }
    }

    /// <summary>Sends the rest and adds the sums of all ranks' gradients to what this rank keeps of them.</summary>
    /// <param name="isEmpty">Whether there is nothing in the share yet.</param>
    public void Finish(bool isEmpty)
    {
        _error?.Throw();
        Send(int.MaxValue, isEmpty);
        while (_onTheWay.Count > 0)
        {
            Receive(isEmpty);
        }

        _sent = 0;
        _wholeIsEmpty = true;
    }

    /// <summary>Gives every rank the weights that the others have updated.</summary>
    public void GatherWeights()
    {
        long started = Stopwatch.GetTimestamp();
        using var noGradient = no_grad();
        for (int bucket = 0; bucket < _parameters.Layout.Buckets; bucket++)
        {
            using var scope = NewDisposeScope();
            var (start, count, part) = _parameters.Layout.BucketAt(bucket);
            var stage = empty([_parameters.Layout.Ranks, part], _parameters.First.dtype, _transport.Device);
            var own = _parameters.Layout.PartOf(bucket, _rank);
            Copy(own.Start, own.Count, start, stage, toStage: true);
            _transport.AllGather(stage);
            Copy(start, own.Start - start, start, stage, toStage: false);
            Copy(own.Start + own.Count, start + count - own.Start - own.Count, start, stage, toStage: false);
        }

        Seconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // What is on its way stays in memory: others may write into it yet, until the job has ended.
        _whole?.Dispose();
        _transport.Dispose();
    }

    private void Send(int after, bool isEmpty)
    {
        long started = Stopwatch.GetTimestamp();
        using var noGradient = no_grad();
        for (; _sent < _order.Length && _order[_sent].After <= after; _sent++)
        {
            if (_onTheWay.Count == MostInFlight)
            {
                Receive(isEmpty);
            }

            int bucket = _order[_sent].Bucket;
            var stage = Fill(bucket);
            _onTheWay.Enqueue((bucket, stage, _transport.BeginReduceScatter(stage)));
        }

        Seconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private void Receive(bool isEmpty)
    {
        long started = Stopwatch.GetTimestamp();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (bucket, sent, pending) = _onTheWay.Dequeue();
        var sum = pending.Finish();
        sent.Dispose();
        var (_, inShare, count) = _parameters.Layout.PartOf(bucket, _rank);
        if (count > 0)
        {
            var kept = _share.narrow(0, inShare, count);
            sum = sum.narrow(0, 0, count).to(kept.device);
            _ = isEmpty ? kept.copy_(sum) : kept.PlusInPlace(sum);
        }

        Seconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    // [ranks, part]: this rank's gradients of a bucket.
    private Tensor Fill(int bucket)
    {
        using var scope = NewDisposeScope();
        var (start, count, part) = _parameters.Layout.BucketAt(bucket);
        var stage = empty([_parameters.Layout.Ranks, part], _type, _transport.Device);
        var row = stage.view(-1);
        row.narrow(0, count, row.numel() - count).zero_();
        foreach (var (parameter, at, inRange, length) in Pieces(bucket))
        {
            using var inner = NewDisposeScope();
            using var gradient = parameter.grad;
            var from = gradient is null || gradient.IsInvalid ? null : gradient.reshape(-1).narrow(0, at, length);
            if (!_wholeIsEmpty)
            {
                var kept = _whole!.narrow(0, start + inRange, length);
                from = from is null ? kept : kept.PlusInPlace(from);
            }

            var to = row.narrow(0, inRange, length);
            _ = from is null ? to.zero_() : to.copy_(from);
        }

        return stage.DetachFromDisposeScope();
    }

    private void Copy(long start, long count, long stageStart, Tensor stage, bool toStage)
    {
        var row = stage.view(-1);
        foreach (var (parameter, at, inRange, length) in _parameters.Pieces(start, count))
        {
            var staged = row.narrow(0, start - stageStart + inRange, length);
            var weights = parameter.view(-1).narrow(0, at, length);
            _ = toStage ? staged.copy_(weights) : weights.copy_(staged);
        }
    }

    private IEnumerable<(Tensor Parameter, long At, long InRange, long Count)> Pieces(int bucket)
    {
        var (start, count, _) = _parameters.Layout.BucketAt(bucket);
        return _parameters.Pieces(start, count);
    }
}

using FuseSharp.Models.Architectures;
using FuseSharp.Models.Kernels;
using FuseSharp.Models.Native;
using FuseSharp.Pipeline.Train.Exchange;
using FuseSharp.Storage.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train;

/// <summary>AdamW over all parameters at once, with float32 master weights, gradients and moments in flat buffers, of which each rank holds its share.</summary>
/// <remarks>
/// The parameters may be bfloat16: they are rounded copies of the master weights, whole on every rank. One buffer keeps a step of a small model at a dozen kernel
/// calls instead of a dozen for each parameter. 16 bytes a parameter, divided by the ranks.
/// Decayed are matrices, not norms and biases (one dimension).
/// </remarks>
public sealed class FlatAdamW : IDisposable
{
    private const double Epsilon = 1e-8; // of the published run and of torch.optim.AdamW

    private readonly FlatParameters _parameters;
    private readonly IProcessGroup _ranks;
    private readonly GradientExchange? _exchange;
    private readonly bool _exchangesOnce;
    private readonly TrainOptions _options;
    private bool _isEmpty = true;

    /// <summary>Takes over the present values of the parameters.</summary>
    /// <param name="parameters">Leaves that require gradients; owned by the model.</param>
    /// <param name="options">Learning rate, betas, weight decay, clipping, how ranks exchange gradients.</param>
    /// <param name="ranks">Who holds the shares.</param>
    /// <param name="transport">Between several ranks; disposed with this. Null for this process alone.</param>
    /// <param name="exchangesOnce">Whether ranks exchange gradients once a step, which takes a whole float32 gradient where a rank has several micro-batches; else after each of them.</param>
    internal FlatAdamW(FlatParameters parameters, TrainOptions options, IProcessGroup ranks, IGradientTransport? transport = null, bool exchangesOnce = true)
    {
        _options = options;
        _ranks = ranks;
        _parameters = parameters;
        _exchangesOnce = exchangesOnce;
        long count = Layout.ShareOf(_ranks.Rank);
        Master = empty(count, ScalarType.Float32, _parameters.First.device).DetachFromDisposeScope();
        Gradient = zeros(count, ScalarType.Float32, _parameters.First.device).DetachFromDisposeScope();
        FirstMoment = zeros(count, ScalarType.Float32, _parameters.First.device).DetachFromDisposeScope();
        SecondMoment = zeros(count, ScalarType.Float32, _parameters.First.device).DetachFromDisposeScope();
        ForEachPiece((parameter, range, _) => range(Master).copy_(parameter));
        _exchange = transport is null ? null : new GradientExchange(_parameters, transport, _ranks.Rank, options.Exchange, Gradient);
    }

    /// <summary>Parameters of all ranks together.</summary>
    public long Count => _parameters.Count;

    /// <summary>Which of them each rank holds.</summary>
    internal RankLayout Layout => _parameters.Layout;

    /// <summary>By what ranks exchange, in words; empty for a single process.</summary>
    public string Transport => _exchange?.Transport ?? "";

    /// <summary>Seconds that ranks' exchanges took so far; 0 of a single process.</summary>
    public double ExchangeSeconds => _exchange?.Seconds ?? 0;

    /// <summary>[share] float32: the exact weights.</summary>
    public Tensor Master { get; }

    /// <summary>[share] float32: gradients of all ranks, collected since the last step.</summary>
    public Tensor Gradient { get; }

    /// <summary>[share] float32.</summary>
    public Tensor FirstMoment { get; }

    /// <summary>[share] float32.</summary>
    public Tensor SecondMoment { get; }

    /// <summary>Steps taken.</summary>
    public int Steps { get; set; }

    /// <summary>Buckets that left during backward passes so far.</summary>
    internal int EarlyBuckets => _exchange?.Early ?? 0;

    /// <summary>Sends gradients of the last micro-batch before an exchange while its backward pass goes on.</summary>
    /// <param name="model">Whose parameters they are.</param>
    public void Follow(CausalModel model) => _exchange?.Follow(model);

    /// <summary>What to call in the backward pass that ends a micro-batch, with every block that it is through; null where nothing leaves early.</summary>
    /// <param name="isLast">Whether it is the step's last micro-batch.</param>
    public Action<nn.Module>? SendsWith(bool isLast) => _exchange is not null && (isLast || !_exchangesOnce) ? block => _exchange.Pass(block, _isEmpty) : null;

    /// <summary>Moves the parameters' gradients, of one micro-batch of each rank, into the float32 buffer and clears them.</summary>
    /// <param name="isLast">Whether it is the step's last micro-batch: several ranks may exchange gradients only then.</param>
    public void CollectGradients(bool isLast)
    {
        using (no_grad())
        {
            if (_exchange is null)
            {
                _parameters.AddGradients(Gradient, _isEmpty);
                _isEmpty = false;
            }
            else if (_exchangesOnce && !isLast)
            {
                _exchange.Keep();
            }
            else
            {
                _exchange.Finish(_isEmpty);
                _isEmpty = false;
            }
        }

        _parameters.ClearGradients();
    }

    /// <summary>Clips, updates and clears the gradients.</summary>
    /// <param name="learningRate">Of this step.</param>
    /// <returns>The gradient's norm over all ranks before clipping.</returns>
    public double Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        double norm = Norm();
        Steps++;
        var step = new AdamWKernel.Step(
            norm > _options.MaxGradientNorm ? _options.MaxGradientNorm / (norm + 1e-6) : 1, learningRate, 1 - (learningRate * _options.WeightDecay),
            _options.Beta1, _options.Beta2, 1 - Math.Pow(_options.Beta1, Steps), 1 - Math.Pow(_options.Beta2, Steps), Epsilon);
        if (KernelRows.Fit(_parameters.First))
        {
            ForEachPiece((parameter, range, decays) => AdamWKernel.Run(
                parameter, (range(Master), range(Gradient), range(FirstMoment), range(SecondMoment)), decays ? step : step with { Decay = 1 }));
            _exchange?.GatherWeights();
        }
        else
        {
            StepEverything(step);
        }

        _isEmpty = true;
        return norm;
    }

    /// <summary>Rounds the master weights into the parameters of all ranks; after the state was read back from a checkpoint.</summary>
    public void WriteParameters()
    {
        ForEachPiece((parameter, range, _) => parameter.copy_(range(Master)));
        _exchange?.GatherWeights();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _exchange?.Dispose();
        Master.Dispose();
        Gradient.Dispose();
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }

    private double Norm()
    {
        Span<double> squares = [Math.Pow(Gradient.norm().ToDouble(), 2)];
        _ranks.Sum(squares);
        return Math.Sqrt(squares[0]);
    }

    /// <summary>A step by libtorch's operations over the whole buffers, ten for any number of parameters, and one for each parameter that rounds its new weights.</summary>
    internal void StepEverything(AdamWKernel.Step step)
    {
        Gradient.mul_(RootedScalar.Of(step.GradientScale));
        Master.narrow(0, 0, Layout.PartsOf(_ranks.Rank).Sum(p => Math.Clamp(_parameters.Matrices - p.Start, 0, p.Count))).mul_(RootedScalar.Of(step.Decay));
        FirstMoment.mul_(RootedScalar.Of(step.Beta1)).add_(Gradient, RootedScalar.Of(1 - step.Beta1));
        SecondMoment.mul_(RootedScalar.Of(step.Beta2)).addcmul_(Gradient, Gradient, RootedScalar.Of(1 - step.Beta2));
        var root = SecondMoment.sqrt().div_(RootedScalar.Of(Math.Sqrt(step.SecondCorrection))).PlusInPlace(step.Epsilon);
        Master.addcdiv_(FirstMoment, root, RootedScalar.Of(-step.LearningRate / step.FirstCorrection));
        WriteParameters();
    }

    // A piece of a parameter of this rank's share; the same range of a buffer; whether it decays.
    private void ForEachPiece(Action<Tensor, Func<Tensor, Tensor>, bool> action)
    {
        using var noGradient = no_grad();
        foreach (var (start, inShare, length) in Layout.PartsOf(_ranks.Rank))
        {
            foreach (var (parameter, at, inRange, count) in _parameters.Pieces(start, length))
            {
                using var scope = NewDisposeScope();
                action(parameter.view(-1).narrow(0, at, count), buffer => buffer.narrow(0, inShare + inRange, count), parameter.dim() >= 2);
            }
        }
    }
}

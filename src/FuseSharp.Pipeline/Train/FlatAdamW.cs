using FuseSharp.Models.Kernels;
using FuseSharp.Models.Native;
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
    private readonly RankExchange? _exchange;
    private readonly TrainOptions _options;
    private bool _isEmpty = true;

    /// <summary>Takes over the present values of the parameters.</summary>
    /// <param name="parameters">Leaves that require gradients; owned by the model.</param>
    /// <param name="options">Learning rate, betas, weight decay, clipping.</param>
    /// <param name="ranks">Who holds the shares; null for this process alone.</param>
    public FlatAdamW(IEnumerable<Tensor> parameters, TrainOptions options, IProcessGroup? ranks = null)
    {
        _options = options;
        _ranks = ranks ?? SingleProcess.Instance;
        _parameters = new FlatParameters(parameters, _ranks.Count);
        _exchange = _ranks.Count == 1 ? null : new RankExchange(_parameters, _ranks);
        (Start, long count) = _parameters.ShareOf(_ranks.Rank);
        Master = empty(count, ScalarType.Float32, _parameters.First.device).DetachFromDisposeScope();
        Gradient = zeros(count, ScalarType.Float32, _parameters.First.device).DetachFromDisposeScope();
        FirstMoment = zeros(count, ScalarType.Float32, _parameters.First.device).DetachFromDisposeScope();
        SecondMoment = zeros(count, ScalarType.Float32, _parameters.First.device).DetachFromDisposeScope();
        ForEachPiece((parameter, range, _) => range(Master).copy_(parameter));
    }

    /// <summary>Parameters of all ranks together.</summary>
    public long Count => _parameters.Count;

    /// <summary>Where this rank's share begins among them.</summary>
    public long Start { get; }

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

    /// <summary>Moves the parameters' gradients, of one micro-batch of each rank, into the float32 buffer and clears them.</summary>
    public void CollectGradients()
    {
        using (no_grad())
        {
            if (_exchange is not null)
            {
                _exchange.AddGradients(Gradient, _isEmpty);
            }
            else
            {
                AddGradients();
            }
        }

        _parameters.ClearGradients();
        _isEmpty = false;
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

    private void StepEverything(AdamWKernel.Step step)
    {
        Gradient.mul_(RootedScalar.Of(step.GradientScale));
        Master.narrow(0, 0, Math.Clamp(_parameters.Matrices - Start, 0, Master.numel())).mul_(RootedScalar.Of(step.Decay));
        FirstMoment.mul_(RootedScalar.Of(step.Beta1)).add_(Gradient, RootedScalar.Of(1 - step.Beta1));
        SecondMoment.mul_(RootedScalar.Of(step.Beta2)).addcmul_(Gradient, Gradient, RootedScalar.Of(1 - step.Beta2));
        var root = SecondMoment.sqrt().div_(RootedScalar.Of(Math.Sqrt(step.SecondCorrection))).PlusInPlace(step.Epsilon);
        Master.addcdiv_(FirstMoment, root, RootedScalar.Of(-step.LearningRate / step.FirstCorrection));
        WriteParameters();
    }

    private void AddGradients()
    {
        foreach (var (parameter, _, start, count) in _parameters.Pieces(0, Count))
        {
            using var scope = NewDisposeScope();
            var sum = Gradient.narrow(0, start, count).view(parameter.shape);
            using var gradient = parameter.grad;
            if (gradient is not null && !gradient.IsInvalid)
            {
                _ = _isEmpty ? sum.copy_(gradient) : sum.PlusInPlace(gradient);
            }
            else if (_isEmpty)
            {
                sum.zero_();
            }
        }
    }

    // A piece of a parameter of this rank's share; the same range of a buffer; whether it decays.
    private void ForEachPiece(Action<Tensor, Func<Tensor, Tensor>, bool> action)
    {
        using var noGradient = no_grad();
        foreach (var (parameter, at, inRange, count) in _parameters.Pieces(Start, Master.numel()))
        {
            using var scope = NewDisposeScope();
            action(parameter.view(-1).narrow(0, at, count), buffer => buffer.narrow(0, inRange, count), parameter.dim() >= 2);
        }
    }
}

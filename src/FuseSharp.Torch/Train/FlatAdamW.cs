using FuseSharp.Core.Recipes;
using FuseSharp.Torch.Kernels;
using FuseSharp.Torch.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Train;

/// <summary>AdamW over all parameters at once, with float32 master weights, gradients and moments in flat buffers.</summary>
/// <remarks>
/// The parameters may be bfloat16: they are rounded copies of the master weights. One buffer keeps a step of a small model at a dozen kernel
/// calls instead of a dozen for each parameter, and is what a rank's share of sharded state is cut from. 16 bytes a parameter.
/// Decayed parameters (matrices) stand first, norms and biases (one dimension) behind them.
/// </remarks>
public sealed class FlatAdamW : IDisposable
{
    private const double Epsilon = 1e-8; // of the published run and of torch.optim.AdamW

    private readonly (Tensor Parameter, long Start)[] _slices;
    private readonly long _decayed;
    private readonly TrainOptions _options;
    private bool _isEmpty = true;

    /// <summary>Takes over the present values of the parameters.</summary>
    /// <param name="parameters">Leaves that require gradients; owned by the model.</param>
    /// <param name="options">Learning rate, betas, weight decay, clipping.</param>
    public FlatAdamW(IEnumerable<Tensor> parameters, TrainOptions options)
    {
        _options = options;
        Tensor[] ordered = [.. parameters.OrderBy(p => p.dim() < 2)]; // stable: names keep their order
        _slices = new (Tensor, long)[ordered.Length];
        long total = 0;
        for (int i = 0; i < ordered.Length; i++)
        {
            _slices[i] = (ordered[i], total);
            total += ordered[i].numel();
            _decayed = ordered[i].dim() < 2 ? _decayed : total;
        }

        var device = ordered[0].device;
        Master = empty(total, ScalarType.Float32, device).DetachFromDisposeScope();
        Gradient = zeros(total, ScalarType.Float32, device).DetachFromDisposeScope();
        FirstMoment = zeros(total, ScalarType.Float32, device).DetachFromDisposeScope();
        SecondMoment = zeros(total, ScalarType.Float32, device).DetachFromDisposeScope();
        ForEachSlice((parameter, slice) => slice(Master).copy_(parameter));
    }

    /// <summary>[parameters] float32: the exact weights.</summary>
    public Tensor Master { get; }

    /// <summary>[parameters] float32: gradients collected since the last step.</summary>
    public Tensor Gradient { get; }

    /// <summary>[parameters] float32.</summary>
    public Tensor FirstMoment { get; }

    /// <summary>[parameters] float32.</summary>
    public Tensor SecondMoment { get; }

    /// <summary>Steps taken.</summary>
    public int Steps { get; set; }

    /// <summary>Moves the parameters' gradients, of one micro-batch, into the float32 buffer and clears them.</summary>
    public void CollectGradients()
    {
        ForEachSlice((parameter, slice) =>
        {
            using var gradient = parameter.grad;
            if (gradient is not null && !gradient.IsInvalid)
            {
                // Taken away, not zeroed: the next backward pass puts its own there without adding.
                _ = _isEmpty ? slice(Gradient).copy_(gradient) : slice(Gradient).PlusInPlace(gradient);
                parameter.grad = null;
            }
            else if (_isEmpty)
            {
                slice(Gradient).zero_();
            }
        });
        _isEmpty = false;
    }

    /// <summary>Clips, updates and clears the gradients.</summary>
    /// <param name="learningRate">Of this step.</param>
    /// <returns>The gradient's norm before clipping.</returns>
    public double Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        double norm = Gradient.norm().ToDouble();
        Steps++;
        var step = new AdamWKernel.Step(
            norm > _options.MaxGradientNorm ? _options.MaxGradientNorm / (norm + 1e-6) : 1, learningRate, 1 - (learningRate * _options.WeightDecay),
            _options.Beta1, _options.Beta2, 1 - Math.Pow(_options.Beta1, Steps), 1 - Math.Pow(_options.Beta2, Steps), Epsilon);
        if (KernelRows.Fit(_slices[0].Parameter))
        {
            foreach (var (parameter, start) in _slices)
            {
                using var slice = NewDisposeScope();
                long count = parameter.numel();
                AdamWKernel.Run(parameter, (Master.narrow(0, start, count), Gradient.narrow(0, start, count), FirstMoment.narrow(0, start, count), SecondMoment.narrow(0, start, count)),
                    start < _decayed ? step : step with { Decay = 1 });
            }
        }
        else
        {
            StepEverything(step);
        }

        _isEmpty = true;
        return norm;
    }

    /// <summary>Rounds the master weights into the parameters; after the state was read back from a checkpoint.</summary>
    public void WriteParameters() => ForEachSlice((parameter, slice) => parameter.copy_(slice(Master)));

    /// <inheritdoc/>
    public void Dispose()
    {
        Master.Dispose();
        Gradient.Dispose();
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }

    private void StepEverything(AdamWKernel.Step step)
    {
        Gradient.mul_(LiveScalar.Of(step.GradientScale));
        Master.narrow(0, 0, _decayed).mul_(LiveScalar.Of(step.Decay));
        FirstMoment.mul_(LiveScalar.Of(step.Beta1)).add_(Gradient, LiveScalar.Of(1 - step.Beta1));
        SecondMoment.mul_(LiveScalar.Of(step.Beta2)).addcmul_(Gradient, Gradient, LiveScalar.Of(1 - step.Beta2));
        var root = SecondMoment.sqrt().div_(LiveScalar.Of(Math.Sqrt(step.SecondCorrection))).PlusInPlace(step.Epsilon);
        Master.addcdiv_(FirstMoment, root, LiveScalar.Of(-step.LearningRate / step.FirstCorrection));
        WriteParameters();
    }

    private void ForEachSlice(Action<Tensor, Func<Tensor, Tensor>> action)
    {
        using var noGradient = no_grad();
        foreach (var (parameter, start) in _slices)
        {
            using var scope = NewDisposeScope();
            action(parameter, buffer => buffer.narrow(0, start, parameter.numel()).view(parameter.shape));
        }
    }
}

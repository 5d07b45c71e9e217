using FuseSharp.Models.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>What LoRA (Hu et al. 2021) adds to a linear map: (alpha / rank) · B·A·x, with A random and B zero at first.</summary>
public sealed class LowRankAdapter : IDisposable
{
    private readonly double _scale;
    private readonly double _dropout;
    private long _seed;

    /// <param name="inputs">Of the map.</param>
    /// <param name="outputs">Of the map.</param>
    /// <param name="options">Rank, alpha, dropout.</param>
    /// <param name="seed">Of A.</param>
    /// <param name="type">Working type.</param>
    /// <param name="device">Where the map is.</param>
    public LowRankAdapter(long inputs, long outputs, LoraOptions options, long seed, ScalarType type, Device device)
    {
        _scale = options.Alpha / options.Rank;
        _dropout = options.Dropout;
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        double bound = 1 / Math.Sqrt(inputs); // PEFT's: Kaiming with a = √5
        Down = nn.Parameter(rand([options.Rank, inputs], generator: generator).mul_(RootedScalar.Of(2 * bound)).sub_(RootedScalar.Of(bound)).to(type).GoTo(device));
        Up = nn.Parameter(zeros([outputs, options.Rank], type, device));
        Down.DetachFromDisposeScope();
        Up.DetachFromDisposeScope();
    }

    /// <summary>A, [rank, inputs].</summary>
    public Parameter Down { get; }

    /// <summary>B, [outputs, rank].</summary>
    public Parameter Up { get; }

    /// <summary>Numbers that drop out follow from this alone, so that a resumed run and a second forward pass drop the same.</summary>
    public void Reseed(long seed) => _seed = seed;

    /// <summary>What is added to the map's result.</summary>
    public Tensor Forward(Tensor states, bool trains)
    {
        if (trains && _dropout > 0)
        {
            using var generator = new Generator((ulong)_seed, states.device);
            var kept = rand(states.shape, device: states.device, generator: generator).ge(RootedScalar.Of(_dropout)).to(states.dtype);
            states = states * kept.div_(RootedScalar.Of(1 - _dropout));
        }

        return states.matmul(Down.t()).mul(RootedScalar.Of(_scale)).matmul(Up.t()); // scaled where it is narrow
    }

    /// <summary>What is added to the map's weight when both become one: (alpha / rank) · B·A, float32.</summary>
    public Tensor Difference()
        => Up.detach().to(ScalarType.Float32).matmul(Down.detach().to(ScalarType.Float32)).mul_(RootedScalar.Of(_scale));

    /// <inheritdoc/>
    public void Dispose()
    {
        Down.Dispose();
        Up.Dispose();
    }
}

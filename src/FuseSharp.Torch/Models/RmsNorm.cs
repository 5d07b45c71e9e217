using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

/// <summary>Root-mean-square norm, computed in float32 as Hugging Face does.</summary>
internal sealed class RmsNorm : nn.Module
{
    private readonly Parameter weight;
    private readonly double _epsilon;

    public RmsNorm(long size, double epsilon)
        : base("norm")
    {
        weight = nn.Parameter(ones(size));
        _epsilon = epsilon;
        RegisterComponents();
    }

    public Tensor Forward(Tensor states)
    {
        var exact = states.to(ScalarType.Float32);
        var scale = exact.square().mean([-1], keepdim: true).add(_epsilon).rsqrt();
        return weight * (exact * scale).to(states.dtype);
    }
}

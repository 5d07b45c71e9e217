using FuseSharp.Models.Decoding;
using FuseSharp.Models.Kernels;
using FuseSharp.Models.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>Root-mean-square norm (Zhang and Sennrich 2019), computed in float32 as Hugging Face does.</summary>
internal sealed class RmsNorm : Norm
{
    private readonly Parameter weight;
    private readonly double _epsilon;

    /// <param name="size">Width of the states.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="type">Working type.</param>
    public RmsNorm(long size, double epsilon, ScalarType type)
    {
        weight = nn.Parameter(empty(size, dtype: type));
        _epsilon = epsilon;
        RegisterComponents();
    }

    public override Tensor Forward(Tensor states)
    {
        if (KernelRows.Fit(states))
        {
            return RmsNormFunction.Run(states, weight, _epsilon);
        }

        var exact = states.to(ScalarType.Float32);
        var scale = exact.mul(exact).mean([-1], keepdim: true).Plus(_epsilon).rsqrt();
        return weight * (exact * scale).to(states.dtype);
    }

    public override RowNorm Rows() => new(NumbersOf(weight), null, _epsilon, centers: false);
}

using FuseSharp.Models.Decoding;
using FuseSharp.Models.Kernels;
using FuseSharp.Models.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>Root-mean-square norm of Gemma: x̂ · (1 + w), so that weights begin at 0; float32 throughout, as Hugging Face has it.</summary>
internal sealed class OffsetRmsNorm : Norm
{
    private readonly Parameter weight;
    private readonly double _epsilon;

    /// <param name="size">Width of the states.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="type">Working type.</param>
    public OffsetRmsNorm(long size, double epsilon, ScalarType type)
    {
        weight = nn.Parameter(empty(size, dtype: type));
        _epsilon = epsilon;
        RegisterComponents();
    }

    public override Tensor Forward(Tensor states)
    {
        if (states.dtype == ScalarType.Float32 && KernelRows.Fit(states)) // 1 + w would be rounded in bfloat16
        {
            return RmsNormFunction.Run(states, weight.Plus(1), _epsilon);
        }

        var exact = states.to(ScalarType.Float32);
        var scale = exact.mul(exact).mean([-1], keepdim: true).Plus(_epsilon).rsqrt();
        return (exact * scale * weight.to(ScalarType.Float32).Plus(1)).to(states.dtype);
    }

    public override RowNorm Rows() => new([.. NumbersOf(weight).Select(w => w + 1)], null, _epsilon, centers: false);
}

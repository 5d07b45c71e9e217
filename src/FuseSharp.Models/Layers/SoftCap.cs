using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>cap · tanh(x / cap): near 0 as it was, never beyond the cap.</summary>
public static class SoftCap
{
    /// <summary>Caps numbers.</summary>
    /// <param name="numbers">Any shape.</param>
    /// <param name="cap">Above 0.</param>
    public static Tensor Run(Tensor numbers, double cap) => numbers.div(RootedScalar.Of(cap)).tanh().mul(RootedScalar.Of(cap));
}

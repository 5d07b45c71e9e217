using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>A linear map, x·Wᵀ + b. Unlike TorchSharp's own it does not draw random weights that a checkpoint then overwrites, and exists in the working type from the start.</summary>
internal sealed class Projection : AdaptableLinear
{
    public readonly Parameter weight;
    private readonly Parameter? bias;

    /// <param name="inputs">Width of what comes in.</param>
    /// <param name="outputs">Width of what goes out.</param>
    /// <param name="hasBias">Whether there is a b.</param>
    /// <param name="type">Working type.</param>
    public Projection(long inputs, long outputs, bool hasBias, ScalarType type)
        : base("projection")
    {
        weight = nn.Parameter(empty(outputs, inputs, dtype: type));
        bias = hasBias ? nn.Parameter(empty(outputs, dtype: type)) : null;
        RegisterComponents();
    }

    private protected override Parameter Weight => weight;

    private protected override Parameter? Bias => bias;

    private protected override bool IsTransposed => false;
}

using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>A linear map whose weight stands input by output, as GPT-2's checkpoints store it: x·W + b.</summary>
internal sealed class TransposedProjection : AdaptableLinear
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    /// <param name="inputs">Width of what comes in.</param>
    /// <param name="outputs">Width of what goes out.</param>
    /// <param name="type">Working type.</param>
    public TransposedProjection(long inputs, long outputs, ScalarType type)
        : base("projection")
    {
        weight = nn.Parameter(empty(inputs, outputs, dtype: type));
        bias = nn.Parameter(empty(outputs, dtype: type));
        RegisterComponents();
    }

    private protected override Parameter Weight => weight;

    private protected override Parameter? Bias => bias;

    private protected override bool IsTransposed => true;
}

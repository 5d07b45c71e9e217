using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Scoring;

/// <summary>Chooses the number type in which a model works.</summary>
public static class WorkingType
{
    /// <summary>How many times as fast as float32 bfloat16 must multiply for <see cref="Precision.Auto"/> to take it on a processor: additions and norms gain nothing from it.</summary>
    public const double LeastGain = 1.2;

    /// <summary>The type for a precision on a device.</summary>
    /// <param name="precision">What the user asked for.</param>
    /// <param name="device">Where the model runs.</param>
    public static ScalarType Resolve(Precision precision, Device device)
        => precision switch
        {
            Precision.Float32 => ScalarType.Float32,
            Precision.Bfloat16 => ScalarType.BFloat16,
            _ => device.type == DeviceType.CUDA || MatrixRates.OfThisProcessor.Gain >= LeastGain ? ScalarType.BFloat16 : ScalarType.Float32,
        };

    /// <summary>What keys and manifests call a type: <c>bfloat16</c>.</summary>
    /// <param name="type">Working type.</param>
    public static string NameOf(ScalarType type) => type.ToString().ToLowerInvariant();

    /// <summary>The precision that means this type: what <see cref="Precision.Auto"/> came to.</summary>
    /// <param name="precision">What the user asked for.</param>
    /// <param name="device">Where the model runs.</param>
    public static Precision Choose(Precision precision, Device device) => Resolve(precision, device) == ScalarType.BFloat16 ? Precision.Bfloat16 : Precision.Float32;
}

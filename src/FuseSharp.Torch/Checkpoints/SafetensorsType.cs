using static TorchSharp.torch;

namespace FuseSharp.Torch.Checkpoints;

/// <summary>Number types by their names in safetensors headers.</summary>
internal static class SafetensorsType
{
    public static string NameOf(ScalarType type)
        => type switch
        {
            ScalarType.Float32 => "F32",
            ScalarType.Float16 => "F16",
            ScalarType.BFloat16 => "BF16",
            ScalarType.Int64 => "I64",
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of checkpoints."),
        };

    public static ScalarType? Of(string name)
        => name switch
        {
            "F32" => ScalarType.Float32,
            "F16" => ScalarType.Float16,
            "BF16" => ScalarType.BFloat16,
            "I64" => ScalarType.Int64,
            _ => null,
        };
}

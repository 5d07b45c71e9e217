using static TorchSharp.torch;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Number types by their names in safetensors headers.</summary>
internal static class SafetensorsType
{
    private static readonly (string Name, ScalarType Type, int Size)[] _types =
    [
        ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2), ("F64", ScalarType.Float64, 8),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1), ("U8", ScalarType.Byte, 1),
        ("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>All names, for messages.</summary>
    public static string Known => string.Join(", ", _types.Select(t => t.Name));

    /// <summary>The name of a type.</summary>
    public static string NameOf(ScalarType type) => Find(type).Name;

    /// <summary>Bytes of a number.</summary>
    public static int SizeOf(ScalarType type) => Find(type).Size;

    /// <summary>The type of a name, or null.</summary>
    public static ScalarType? Find(string name) => Array.Find(_types, t => t.Name == name) is { Size: > 0 } found ? found.Type : null;

    private static (string Name, ScalarType Type, int Size) Find(ScalarType type)
        => Array.Find(_types, t => t.Type == type) is { Size: > 0 } found ? found : throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of checkpoints.");
}

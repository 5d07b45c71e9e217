using System.Globalization;

namespace FuseSharp.Tokenizers.Gguf;

/// <summary>Names of number types of the format that are not read.</summary>
internal static class GgufTypeNames
{
    private static readonly Dictionary<uint, string> _names = new()
    {
        [9] = "Q8_1",
        [15] = "Q8_K",
        [24] = "I8",
        [25] = "I16",
        [26] = "I32",
        [27] = "I64",
        [28] = "F64",
    };

    /// <summary>The name, or the number where it has none.</summary>
    public static string Show(uint type) => _names.GetValueOrDefault(type) ?? type.ToString(CultureInfo.InvariantCulture);
}

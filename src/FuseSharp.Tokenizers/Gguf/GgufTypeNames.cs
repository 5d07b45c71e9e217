using System.Globalization;

namespace FuseSharp.Tokenizers.Gguf;

/// <summary>Names of number types of the format that are not read.</summary>
internal static class GgufTypeNames
{
    private static readonly Dictionary<uint, string> _names = new()
    {
        [9] = "Q8_1",
        [15] = "Q8_K",
        [16] = "IQ2_XXS",
        [17] = "IQ2_XS",
        [18] = "IQ3_XXS",
        [19] = "IQ1_S",
        [21] = "IQ3_S",
        [22] = "IQ2_S",
        [24] = "I8",
        [25] = "I16",
        [26] = "I32",
        [27] = "I64",
        [28] = "F64",
        [29] = "IQ1_M",
    };

    /// <summary>The name, or the number where it has none.</summary>
    public static string Show(uint type) => _names.GetValueOrDefault(type) ?? type.ToString(CultureInfo.InvariantCulture);
}

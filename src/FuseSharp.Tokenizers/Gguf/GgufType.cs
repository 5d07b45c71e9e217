namespace FuseSharp.Tokenizers.Gguf;

/// <summary>How a GGUF file stores the numbers of a tensor; values are those of the format.</summary>
public enum GgufType
{
    /// <summary>float32.</summary>
    F32 = 0,

    /// <summary>float16.</summary>
    F16 = 1,

    /// <summary>32 numbers of 4 bits with one scale.</summary>
    Q4_0 = 2,

    /// <summary>32 numbers of 4 bits with scale and minimum.</summary>
    Q4_1 = 3,

    /// <summary>32 numbers of 5 bits with one scale.</summary>
    Q5_0 = 6,

    /// <summary>32 numbers of 5 bits with scale and minimum.</summary>
    Q5_1 = 7,

    /// <summary>32 numbers of 8 bits with one scale.</summary>
    Q8_0 = 8,

    /// <summary>256 numbers of 2 bits, 16 groups with scale and minimum of 4 bits.</summary>
    Q2_K = 10,

    /// <summary>256 numbers of 3 bits, 16 groups with a scale of 6 bits.</summary>
    Q3_K = 11,

    /// <summary>256 numbers of 4 bits, 8 groups with scale and minimum of 6 bits.</summary>
    Q4_K = 12,

    /// <summary>256 numbers of 5 bits, 8 groups with scale and minimum of 6 bits.</summary>
    Q5_K = 13,

    /// <summary>256 numbers of 6 bits, 16 groups with a scale of 8 bits.</summary>
    Q6_K = 14,

    /// <summary>256 numbers of about 2.06 bits: points of 8 numbers with signs, 8 groups with a scale of 4 bits.</summary>
    IQ2_XXS = 16,

    /// <summary>256 numbers of about 2.3 bits: points of 8 numbers with signs, 16 groups with a scale of 4 bits.</summary>
    IQ2_XS = 17,

    /// <summary>256 numbers of about 3.06 bits: points of 4 numbers with signs, 8 groups with a scale of 4 bits.</summary>
    IQ3_XXS = 18,

    /// <summary>256 numbers of about 1.56 bits: points of 8 numbers, 8 groups with a scale of 3 bits and a shift.</summary>
    IQ1_S = 19,

    /// <summary>32 numbers of 4 bits, places in an uneven table, with one scale.</summary>
    IQ4_NL = 20,

    /// <summary>256 numbers of about 3.4 bits: points of 4 numbers with signs, 8 groups with a scale of 4 bits.</summary>
    IQ3_S = 21,

    /// <summary>256 numbers of about 2.5 bits: points of 8 numbers with signs, 16 groups with a scale of 4 bits.</summary>
    IQ2_S = 22,

    /// <summary>256 numbers of 4 bits, places in the same table, 8 groups with a scale of 6 bits.</summary>
    IQ4_XS = 23,

    /// <summary>256 numbers of 1.75 bits: points of 8 numbers with a shift each, 16 groups with a scale of 3 bits.</summary>
    IQ1_M = 29,

    /// <summary>bfloat16.</summary>
    BF16 = 30,

    /// <summary>256 numbers −1, 0 or 1 with one scale, five a byte.</summary>
    TQ1_0 = 34,

    /// <summary>256 numbers −1, 0 or 1 with one scale, four a byte.</summary>
    TQ2_0 = 35,

    /// <summary>32 numbers FP4 (E2M1) with a power of two.</summary>
    MXFP4 = 39,

    /// <summary>64 numbers FP4 (E2M1), 4 groups with a scale FP8 (E4M3, no sign).</summary>
    NVFP4 = 40,

    /// <summary>128 signs with one scale.</summary>
    Q1_0 = 41,

    /// <summary>64 numbers −1, 0, 1 or 2 with one scale.</summary>
    Q2_0 = 42,
}

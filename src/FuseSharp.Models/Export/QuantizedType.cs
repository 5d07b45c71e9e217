namespace FuseSharp.Models.Export;

/// <summary>Mixtures of number types that llama.cpp makes; values are its own.</summary>
public enum QuantizedType
{
    /// <summary>Mostly 4 bits, about 4.9 a number.</summary>
    Q4KM = 15,

    /// <summary>Mostly 5 bits, about 5.7 a number.</summary>
    Q5KM = 17,

    /// <summary>6 bits, about 6.6 a number.</summary>
    Q6K = 18,
}

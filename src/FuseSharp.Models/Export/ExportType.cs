namespace FuseSharp.Models.Export;

/// <summary>How an exported file stores matrices; vectors stay float32, as llama.cpp does it.</summary>
public enum ExportType
{
    /// <summary>float16.</summary>
    F16,

    /// <summary>32 numbers of 8 bits with one scale, 8.5 bits a number; llama.cpp calls it Q8_0.</summary>
    Q8,

    /// <summary>bfloat16.</summary>
    Bf16,

    /// <summary>float32.</summary>
    F32,
}

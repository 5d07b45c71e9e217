namespace FuseSharp.Models.Scoring;

/// <summary>Number type of weights and activations.</summary>
public enum Precision
{
    /// <summary>bfloat16 on CUDA and on processors that multiply it at least 1.2 times as fast, which is measured; float32 elsewhere.</summary>
    Auto,

    /// <summary>float32 everywhere.</summary>
    Float32,

    /// <summary>bfloat16; where the model learns, with float32 master weights.</summary>
    Bfloat16,
}

namespace FuseSharp.Models.Families;

/// <summary>How states are normed.</summary>
internal enum NormKind
{
    /// <summary>x / √(mean x² + ε) · w.</summary>
    Rms,

    /// <summary>x / √(mean x² + ε) · (1 + w): weights begin at 0.</summary>
    OffsetRms,

    /// <summary>(x − mean) / √(variance + ε) · w + b.</summary>
    Layer,

    /// <summary>The same without b.</summary>
    LayerWithoutBias,
}

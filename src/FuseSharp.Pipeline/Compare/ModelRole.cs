namespace FuseSharp.Pipeline.Compare;

/// <summary>What a row of the comparison is.</summary>
public enum ModelRole
{
    /// <summary>The model that is trained, untouched.</summary>
    Target,

    /// <summary>A model whose knowledge is fused into it.</summary>
    Source,

    /// <summary>The weights of several models in one.</summary>
    Merge,

    /// <summary>All models predicting together.</summary>
    Ensemble,

    /// <summary>The target trained without fusion.</summary>
    Clm,

    /// <summary>The target trained on one source alone.</summary>
    Distilled,

    /// <summary>The target trained on all.</summary>
    Fused,
}

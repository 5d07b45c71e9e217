namespace FuseSharp.Fusion.Fuse;

/// <summary>Which distance from the fused distribution P to the student's q is the fusion loss D.</summary>
/// <remarks>They differ by P's entropy, which the student does not change: gradients are the same, the printed loss is not.</remarks>
public enum FusionDivergence
{
    /// <summary>Cross-entropy, −Σ P·log q: the published run.</summary>
    Ce,

    /// <summary>Kullback–Leibler, Σ P·log(P/q): 0 where the student says the same.</summary>
    Kl,
}

namespace FuseSharp.Models.Families;

/// <summary>The activations of feed-forward parts.</summary>
internal enum ActivationKind
{
    /// <summary>x · σ(x).</summary>
    Silu,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x · Φ(x).</summary>
    Gelu,

    /// <summary>The same with Φ by a tanh.</summary>
    TanhGelu,
}

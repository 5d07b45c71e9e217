namespace FuseSharp.Fusion;

/// <summary>Whether a stage computes what a user should get or what the FuseLLM reference computes.</summary>
public enum MethodSettings
{
    /// <summary>The reference's defects mended.</summary>
    Default,

    /// <summary>The same numbers as the reference, its defects included, to compare with it.</summary>
    Reference,
}

namespace FuseSharp.Pipeline.Train;

/// <summary>In which trainings a target learns from several sources.</summary>
public enum FusionStrategy
{
    /// <summary>In one, from all of them.</summary>
    Joint,

    /// <summary>A copy of the target for each source is fused with that source alone; then the copies are merged by SCE from the target: FuseChat's way (Wan et al. 2024).</summary>
    FuseAndMerge,
}

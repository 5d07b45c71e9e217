namespace FuseSharp.Torch.Plan;

/// <summary>What a stage will take.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MemoryBytes">At the peak.</param>
/// <param name="DiskBytes">That it writes.</param>
/// <param name="Operations">Floating-point operations.</param>
/// <param name="Seconds">At the given speed; 0 where files, not operations, decide.</param>
public sealed record StagePlan(string Name, double MemoryBytes, double DiskBytes, double Operations, double Seconds);

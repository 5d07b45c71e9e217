namespace FuseSharp.Pipeline.Plan;

/// <summary>What a stage will take.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MemoryBytes">At the peak.</param>
/// <param name="DiskBytes">That it writes.</param>
/// <param name="Operations">Floating-point operations; NaN where that depends on the models' answers.</param>
/// <param name="Seconds">At the given speed; 0 where files, not operations, decide, NaN where it is not known.</param>
public sealed record StagePlan(string Name, double MemoryBytes, double DiskBytes, double Operations, double Seconds);

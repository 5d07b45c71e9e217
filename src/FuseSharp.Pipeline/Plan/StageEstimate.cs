namespace FuseSharp.Pipeline.Plan;

/// <summary>What the steps of one stage will take together.</summary>
/// <param name="Name">The stage's.</param>
/// <param name="MemoryBytes">At the peak of the largest.</param>
/// <param name="DiskBytes">That they write.</param>
/// <param name="Operations">Floating-point operations; NaN where that depends on the models' answers.</param>
/// <param name="Seconds">At the given speed; 0 where files, not operations, decide, NaN where it is not known.</param>
public sealed record StageEstimate(string Name, double MemoryBytes, double DiskBytes, double Operations, double Seconds);

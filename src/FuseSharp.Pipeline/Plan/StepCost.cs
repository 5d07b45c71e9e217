namespace FuseSharp.Pipeline.Plan;

/// <summary>What one step takes.</summary>
/// <param name="MemoryBytes">At the peak.</param>
/// <param name="DiskBytes">That it leaves.</param>
/// <param name="Operations">Floating-point operations; NaN where that depends on the models' answers.</param>
/// <param name="TemporaryBytes">On disk while it works, beyond <paramref name="DiskBytes"/>.</param>
internal readonly record struct StepCost(double MemoryBytes, double DiskBytes, double Operations, double TemporaryBytes = 0);

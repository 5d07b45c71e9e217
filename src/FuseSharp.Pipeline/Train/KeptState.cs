using FuseSharp.Statistics;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Pipeline.Train;

/// <summary>Which state of a training is its result, by its evaluations on the validation texts.</summary>
/// <param name="Untouched">Bits per byte of the target before the first step.</param>
/// <param name="Best">Bits per byte of the state that was kept.</param>
/// <param name="Step">Its step; 0 for the untouched target.</param>
public sealed record KeptState(double Untouched, double Best, int Step)
{
    private const string UntouchedFigure = "validation.untouched";
    private const string BestFigure = "validation.best";
    private const string StepFigure = "validation.best_step";

    /// <summary>Whether no state was better than the target as it was.</summary>
    public bool IsUntouched => Step == 0;

    /// <summary>Reads it from a finished training.</summary>
    /// <param name="folder">The training's.</param>
    /// <returns>Null where the training kept its last state.</returns>
    public static KeptState? Read(string folder)
        => Manifest.Read(folder).Figures is var figures && figures.TryGetValue(UntouchedFigure, out double untouched) && figures.TryGetValue(BestFigure, out double best)
            && figures.TryGetValue(StepFigure, out double step) ? new(untouched, best, (int)Math.Clamp(step, 0, int.MaxValue)) : null;

    /// <summary>The figures that a training's manifest keeps of it.</summary>
    internal static IEnumerable<(string Name, double Value)> Figures(TrainResult result)
        => result is { UntouchedBitsPerByte: { } untouched, BestBitsPerByte: { } best } ? [(UntouchedFigure, untouched), (BestFigure, best), (StepFigure, result.BestStep)] : [];

    /// <summary>Says which state was kept; null where it was the last one.</summary>
    internal static string? Describe(string name, TrainResult result, bool keepsBest)
    {
        if (!keepsBest || result is not { UntouchedBitsPerByte: { } untouched, BestBitsPerByte: { } best } || result.BestStep == result.Steps)
        {
            return null;
        }

        string before = $"{Estimate.Number(untouched)} bits per byte on the validation texts";
        return result.BestStep == 0 ? $"train {name}: no state was better than the untouched target ({before}): the result is the untouched target. A lower learning rate or more text may help."
            : FormattableString.Invariant($"train {name}: the state after step {result.BestStep:N0} of {result.Steps:N0} was the best and is kept ({Estimate.Number(best)}, the untouched target {before}).");
    }
}

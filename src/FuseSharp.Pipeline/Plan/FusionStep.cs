using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Pipeline.Plan;

/// <summary>One piece of a run's work: what it makes, what decides that, what it costs.</summary>
/// <param name="Stage">Such as <c>represent</c>.</param>
/// <param name="Subject">What it is made of, for people; empty where the stage makes only one thing.</param>
/// <param name="Folder">Its output.</param>
public sealed record FusionStep(string Stage, string Subject, string Folder)
{
    /// <summary>What other steps and messages call it.</summary>
    public string Name => Subject.Length == 0 ? Stage : $"{Stage} {Subject}";

    /// <summary>Which input of its key is which earlier step's output; other inputs lie outside of the run.</summary>
    public IReadOnlyDictionary<string, string> Inputs { get; init; } = new Dictionary<string, string>();

    /// <summary>What decides its output; null where that depends on what is not made yet.</summary>
    internal Func<StepStates, StageKey?> Key { get; init; } = _ => null;

    /// <summary>Makes its output unless that is up to date.</summary>
    internal Action<StepContext> Work { get; init; } = _ => { };

    /// <summary>What it takes.</summary>
    internal Func<RunSizes, StepCost> Cost { get; init; } = _ => default;

    /// <summary>Whether rank 0 does it while the others wait.</summary>
    internal bool IsDoneOnOneRank { get; init; }
}

using FuseSharp.Progress;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Storage.Artifacts;

/// <summary>What surrounds a stage's work and decides nothing of its output: who is told, when it ends, who shares it.</summary>
/// <param name="Progress">Gets what the stage counts, and its messages.</param>
/// <param name="Cancellation">Ends the stage between two pieces of its work; what is finished stays.</param>
public sealed record StageContext(IProgressReporter Progress, CancellationToken Cancellation)
{
    /// <summary>A stage that tells nobody and runs to its end.</summary>
    public static StageContext Silent { get; } = new(SilentProgress.Instance, CancellationToken.None);

    /// <summary>The processes that work together: all of them call the stage, the output is as one process would have made it.</summary>
    public IProcessGroup Ranks { get; init; } = SingleProcess.Instance;
}

using System.Diagnostics;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Pipeline.Train;

/// <summary>When a training writes its state: every so many steps, every so many minutes, and before it ends early. All ranks decide alike.</summary>
/// <param name="options">How often.</param>
/// <param name="saved">Step of the newest state; 0 where there is none.</param>
internal sealed class CheckpointPace(TrainOptions options, int saved)
{
    private readonly bool _writes = options.CheckpointEvery > 0 || options.CheckpointMinutes > 0;
    private Stopwatch _since = Stopwatch.StartNew();
    private int _saved = saved;
    private bool _isTime;

    /// <summary>Whether a rank was told to end.</summary>
    public bool Ends { get; private set; }

    /// <summary>What this rank adds to the sums of a step: whether the time is up, by the clock of rank 0, and whether it was told to end.</summary>
    public double[] Votes(IProcessGroup ranks, CancellationToken cancellation)
        => [ranks.Rank == 0 && options.CheckpointMinutes > 0 && _since.Elapsed.TotalMinutes >= options.CheckpointMinutes ? 1 : 0, ranks.Count > 1 && cancellation.IsCancellationRequested ? 1 : 0];

    /// <summary>Takes in what all ranks said.</summary>
    /// <param name="time">Sum of the first votes.</param>
    /// <param name="ends">Sum of the second.</param>
    public void Decide(double time, double ends) => (_isTime, Ends) = (time > 0, ends > 0);

    /// <summary>Whether the state after a step is to be written.</summary>
    public bool IsDue(int step) => _isTime || (options.CheckpointEvery > 0 && step % options.CheckpointEvery == 0);

    /// <summary>Whether writing the state before an early end saves a step.</summary>
    public bool IsWorthSaving(int step) => _writes && step > _saved;

    /// <summary>Notes that it was written.</summary>
    public void Saved(int step) => (_saved, _since) = (step, Stopwatch.StartNew());
}

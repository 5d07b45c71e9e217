using FuseSharp.Storage.Ranks;

namespace FuseSharp.Pipeline.Train;

/// <summary>When a training writes its state: every so many steps, every so many minutes, and before it ends early. All ranks decide alike.</summary>
/// <param name="options">How often.</param>
/// <param name="saved">Step of the newest state; 0 where there is none.</param>
/// <param name="time">The clock.</param>
internal sealed class CheckpointPace(TrainOptions options, int saved, TimeProvider time)
{
    // Schedulers give ten seconds (Docker) to minutes, in which the state must be written too: a longer step is left and taken again.
    private static readonly TimeSpan _longestRest = TimeSpan.FromSeconds(5);

    private long _since = time.GetTimestamp();
    private int _saved = saved;
    private bool _isTime;

    /// <summary>Whether a rank was told to end.</summary>
    public bool Ends { get; private set; }

    /// <summary>What this rank adds to the sums of a step: whether the time is up, by the clock of rank 0, and whether it was told to end.</summary>
    public double[] Votes(IProcessGroup ranks, CancellationToken cancellation)
        => [ranks.Rank == 0 && options.CheckpointMinutes > 0 && time.GetElapsedTime(_since).TotalMinutes >= options.CheckpointMinutes ? 1 : 0, cancellation.IsCancellationRequested ? 1 : 0];

    /// <summary>Takes in what all ranks said.</summary>
    /// <param name="minutes">Sum of the first votes.</param>
    /// <param name="ends">Sum of the second.</param>
    public void Decide(double minutes, double ends) => (_isTime, Ends) = (minutes > 0, ends > 0);

    /// <summary>Asks all ranks once more, behind work that took long.</summary>
    public void Ask(IProcessGroup ranks, CancellationToken cancellation)
    {
        double[] votes = Votes(ranks, cancellation);
        ranks.Sum(votes);
        Decide(votes[0], votes[1]);
    }

    /// <summary>Whether a process that was told to end finishes its step first: one that has begun it and needs seconds.</summary>
    /// <param name="started">When the step began.</param>
    /// <param name="done">Micro-batches that are done.</param>
    /// <param name="all">Of the step.</param>
    public bool Finishes(long started, int done, int all) => done > 0 && time.GetElapsedTime(started) * (all - done) / done <= _longestRest;

    /// <summary>Whether the state after a step is to be written.</summary>
    public bool IsDue(int step) => _isTime || (options.CheckpointEvery > 0 && step % options.CheckpointEvery == 0);

    /// <summary>Whether writing the state before an early end saves a step.</summary>
    public bool IsWorthSaving(int step) => step > _saved;

    /// <summary>Notes that it was written.</summary>
    public void Saved(int step) => (_saved, _since) = (step, time.GetTimestamp());
}

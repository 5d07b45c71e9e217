namespace FuseSharp.Storage.Ranks;

/// <summary>The processes that do one job together, on one machine or many, each with a number of its own.</summary>
/// <remarks>Every member but <see cref="Abort"/> is called by all ranks in the same order; one that is called by some of them only waits for ever.</remarks>
public interface IProcessGroup : IDisposable
{
    /// <summary>This process, 0-based. Rank 0 writes what the job writes once.</summary>
    int Rank { get; }

    /// <summary>Processes of the job, at least 1.</summary>
    int Count { get; }

    /// <summary>This process among those of its machine, 0-based: the number of its graphics processor.</summary>
    int LocalRank { get; }

    /// <summary>Processes of the job on this machine, at least 1: they share its memory.</summary>
    int LocalCount { get; }

    /// <summary>What messages call a process: <c>rank 1 of 8 (process 4711 on node-3)</c>.</summary>
    /// <param name="rank">0-based.</param>
    string NameOf(int rank);

    /// <summary>Sums numbers over all ranks. Everyone gets the same bits, so that all decide alike.</summary>
    /// <param name="values">This rank's; overwritten by the sums. Of the same length everywhere.</param>
    void Sum(Span<double> values);

    /// <summary>Begins to give each rank its part of what this one has, and to get this rank's part of what each has. Memory stays where it is, and what is sent as it is, until the transfer is done.</summary>
    /// <param name="sent">Parts for all ranks in order.</param>
    /// <param name="received">Gets parts from all ranks in order.</param>
    /// <param name="bytes">Length of a part, below 2³¹; the same everywhere.</param>
    ITransfer BeginAllToAll(nint sent, nint received, long bytes);

    /// <summary>Gives everyone everyone's share.</summary>
    /// <param name="whole">Shares of all ranks in order, of equal length; this rank's stands at its place already.</param>
    void AllGather(Span<byte> whole);

    /// <summary>Gives everyone what rank 0 says. Waits without keeping the processor busy: what rank 0 does before may take hours.</summary>
    /// <param name="text">Rank 0's; what others pass is not read.</param>
    string Broadcast(string text);

    /// <summary>Waits for all, without keeping the processor busy.</summary>
    void Barrier();

    /// <summary>Ranks on this machine whose process is gone: who did it, where a job is ended from outside. Talks to nobody.</summary>
    IReadOnlyList<int> Missing();

    /// <summary>Ends all processes of the job at once. Returns where there is only this one.</summary>
    /// <param name="exitCode">Of the job.</param>
    void Abort(int exitCode);
}

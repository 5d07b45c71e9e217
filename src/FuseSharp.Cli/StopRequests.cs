namespace FuseSharp.Cli;

/// <summary>Tells the impatience of a user from a scheduler that says the same thing twice.</summary>
/// <remarks>
/// Slurm sends SIGUSR1 to the processes of a step, <c>mpirun</c> passes on its own, and at the time limit comes SIGTERM, half a minute before SIGKILL: none of that may cost the checkpoint that is being written.
/// <c>timeout</c> and a terminal may send one signal twice within milliseconds. So what ends a process at once is a second SIGINT or SIGTERM, the same as an earlier one and a second after it.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class StopRequests(TimeProvider time)
{
    /// <summary>SIGINT.</summary>
    public const int Interrupt = 2;

    /// <summary>SIGTERM.</summary>
    public const int Terminate = 15;

    private static readonly TimeSpan _echo = TimeSpan.FromSeconds(1);

    private readonly Dictionary<int, long> _first = [];

    /// <summary>Takes in a signal.</summary>
    /// <param name="signal">Its number.</param>
    /// <returns>Whether the process is to end without finishing anything.</returns>
    public bool EndsAtOnce(int signal)
    {
        lock (_first)
        {
            return !_first.TryAdd(signal, time.GetTimestamp()) && signal is Interrupt or Terminate && time.GetElapsedTime(_first[signal]) >= _echo;
        }
    }
}

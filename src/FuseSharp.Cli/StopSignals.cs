using System.Runtime.InteropServices;

namespace FuseSharp.Cli;

/// <summary>Signals by which a command is told to stop: it ends between two pieces of work, a training with a checkpoint. A second one, by hand, ends it at once.</summary>
/// <remarks>However long the end takes: a checkpoint of a large model needs minutes. Ctrl-C sends SIGINT, kill and most schedulers SIGTERM; Slurm sends SIGUSR1 before the time limit where it is asked to (<c>--signal=USR1@600</c>).</remarks>
internal sealed class StopSignals : IDisposable
{
    private const int ShellOffset = 128; // what shells add to a signal's number

    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly StopRequests _requests = new(TimeProvider.System);

    /// <summary>Listens until it is disposed.</summary>
    public StopSignals()
    {
        Listen(PosixSignal.SIGINT, StopRequests.Interrupt);
        Listen(PosixSignal.SIGTERM, StopRequests.Terminate);
        if (!OperatingSystem.IsWindows())
        {
            int user = OperatingSystem.IsLinux() ? 10 : 30; // SIGUSR1, which .NET has no name for
            Listen((PosixSignal)user, user);
        }
    }

    /// <summary>Is cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <inheritdoc/>
    public void Dispose() => _registrations.ForEach(r => r.Dispose()); // not the source: a handler may still be at work

    private void Listen(PosixSignal signal, int number)
        => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            if (_requests.EndsAtOnce(number))
            {
                Environment.Exit(ShellOffset + number);
            }

            _stop.Cancel();
        }));
}

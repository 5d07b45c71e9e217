using System.Runtime.InteropServices;

namespace FuseSharp.Cli;

/// <summary>Signals by which a command is told to stop: it ends between two pieces of work, a training with a checkpoint. A second one ends it at once.</summary>
/// <remarks>However long the end takes: a checkpoint of a large model needs minutes. Ctrl-C sends SIGINT, kill and most schedulers SIGTERM; Slurm sends SIGUSR1 before the time limit where it is asked to (<c>--signal=USR1@600</c>).</remarks>
internal sealed class StopSignals : IDisposable
{
    private const int ShellOffset = 128; // what shells add to a signal's number
    private const int Interrupt = 2;
    private const int Terminate = 15;

    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _signal;

    /// <summary>Listens until it is disposed.</summary>
    public StopSignals()
    {
        Listen(PosixSignal.SIGINT, Interrupt);
        Listen(PosixSignal.SIGTERM, Terminate);
        if (!OperatingSystem.IsWindows())
        {
            int user = OperatingSystem.IsLinux() ? 10 : 30; // SIGUSR1, which .NET has no name for
            Listen((PosixSignal)user, user);
        }
    }

    /// <summary>Is cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>How the process ends after it was told to stop: 130 after Ctrl-C or where nobody told it, 143 after SIGTERM.</summary>
    public int ExitCode => ShellOffset + (_signal == 0 ? Interrupt : _signal);

    /// <inheritdoc/>
    public void Dispose() => _registrations.ForEach(r => r.Dispose()); // not the source: a handler may still be at work

    private void Listen(PosixSignal signal, int number)
        => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            if (Interlocked.CompareExchange(ref _signal, number, 0) != 0)
            {
                Environment.Exit(ShellOffset + number);
            }

            _stop.Cancel();
        }));
}

using System.Diagnostics;

namespace FuseSharp.Evaluation.Code;

/// <summary>A command that is watched while it runs: its time, and the memory of all that it started.</summary>
/// <param name="limits">What it may take.</param>
internal sealed class SandboxProcess(SandboxLimits limits)
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);

    private readonly BoundedText _output = new(limits.OutputBytes);

    /// <summary>Runs a command to its end, or to that of its limits.</summary>
    /// <param name="command">Program and arguments; what it starts must go with it when it is killed.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="cancellation">Kills it.</param>
    public async Task<SandboxResult> RunAsync(string[] command, byte[] input, CancellationToken cancellation)
    {
        using var process = new Process { StartInfo = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true } };
        await LastingThread.RunAsync(() =>
        {
            InheritedDescriptors.Withhold();
            process.Start();
        });
        var streams = Task.WhenAll(WriteAsync(process, input), _output.ReadAsync(process.StandardOutput.BaseStream), _output.ReadAsync(process.StandardError.BaseStream));
        string? stopped = await StopOfAsync(process, cancellation);
        if (stopped is not null || cancellation.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true); // the first process of the namespace goes with bubblewrap, and with it all others
            await process.WaitForExitAsync(CancellationToken.None);
        }

        await streams;
        cancellation.ThrowIfCancellationRequested();
        return new SandboxResult(stopped is null ? process.ExitCode : null, _output.ToString()) { Stopped = stopped };
    }

    // Why it has to be killed; null where it has ended.
    private async Task<string?> StopOfAsync(Process process, CancellationToken cancellation)
    {
        using var timeUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeUp.CancelAfter(TimeSpan.FromSeconds(limits.Seconds));
        var ended = process.WaitForExitAsync(CancellationToken.None);
        while (!timeUp.IsCancellationRequested)
        {
            if (await Task.WhenAny(ended, Task.Delay(_look, timeUp.Token)) == ended)
            {
                return null;
            }

            if (ProcessMemory.Exceeds(process.Id, limits.MemoryBytes))
            {
                return FormattableString.Invariant($"more than {limits.MemoryBytes >> 20} MiB of memory");
            }
        }

        return cancellation.IsCancellationRequested ? null : "time is up";
    }

    private static async Task WriteAsync(Process process, byte[] input)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading all.
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using FuseSharp.Core.Errors;

namespace FuseSharp.Core.Evaluate.Code;

/// <summary>Runs programs that nobody has read: by bubblewrap, in namespaces of their own, Linux only.</summary>
/// <remarks>
/// A program sees the system's programs and libraries (/usr and the toolchains' settings, read-only), an empty /tmp and a fresh folder /work in memory, in which it starts. It has
/// no network, no environment, none of the user's files and none of the machine's other processes. When its time is up, all that it started is killed with it.
/// Limits of memory and processes are those of <c>prlimit</c>; started by root it runs as nobody, for whom they hold.
/// </remarks>
public sealed partial class Sandbox
{
    private const string Bubblewrap = "bwrap";
    private const string Nobody = "65534";
    private const uint CloseOnExec = 4;
    private const string OutOfMemoryScore = "/usr/bin/choom";

    private static readonly string[] _folders = ["/usr/bin", "/usr/local/bin"];

    private static readonly string[] _linked = ["bin", "sbin", "lib", "lib64"];

    // What Debian keeps outside /usr of its toolchains. Only what they do not start without: folders in /etc may hold passwords.
    private static readonly string[] _settings = ["/etc/alternatives", "/etc/java-*-openjdk", "/etc/ldc2.conf", "/etc/R/ldpaths", "/etc/R/Renviron", "/etc/racket", "/var/lib/ghc"];

    private readonly string _bubblewrap;
    private readonly SandboxLimits _limits;

    private Sandbox(string bubblewrap, SandboxLimits limits)
    {
        _bubblewrap = bubblewrap;
        _limits = limits;
    }

    /// <summary>Makes a sandbox and tries it.</summary>
    /// <exception cref="RecipeException">This machine has none: then nothing may run.</exception>
    public static async Task<Sandbox> OpenAsync(SandboxLimits limits, CancellationToken cancellation)
    {
        string bubblewrap = FindProgram(Bubblewrap) ?? throw new RecipeException("Generated code runs only in a sandbox, and 'bwrap' is not in /usr/bin. Install bubblewrap (Debian: apt-get install bubblewrap).");
        var sandbox = new Sandbox(bubblewrap, limits);
        var result = await sandbox.RunAsync(new Dictionary<string, string>(), "exit 0", cancellation);
        return result.IsSuccess ? sandbox
            : throw new RecipeException($"Generated code runs only in a sandbox, and bubblewrap cannot make one here: {result.Output.Split('\n')[0]} Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), or run on another machine.");
    }

    /// <summary>The path of a program that the sandbox can see, or null.</summary>
    public static string? FindProgram(string name) => OperatingSystem.IsLinux() ? _folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists) : null;

    /// <summary>Runs a shell script in a fresh folder.</summary>
    /// <param name="files">Names and contents, put into the folder before.</param>
    /// <param name="script">For /bin/sh.</param>
    /// <param name="cancellation">Kills it.</param>
    public async Task<SandboxResult> RunAsync(IReadOnlyDictionary<string, string> files, string script, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("fusesharp-code-");
        try
        {
            foreach (var (name, content) in files)
            {
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, name), content, cancellation);
            }

            // Temporary folders are private, but the program may run as another user.
            if (OperatingSystem.IsLinux())
            {
                folder.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
            }

            return await RunAsync(folder.FullName, script, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<SandboxResult> RunAsync(string folder, string script, CancellationToken cancellation)
    {
        string[] command = [.. Environment.IsPrivilegedProcess ? AsNobody() : [], .. Arguments(folder), "/bin/sh", "-c", $"cp /in/* . 2>/dev/null; {script}"];
        using var process = new Process { StartInfo = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true } };
        var ended = await StartAsync(process);
        process.StandardInput.Close();
        var output = new BoundedText(_limits.OutputBytes);
        var reading = Task.WhenAll(output.ReadAsync(process.StandardOutput.BaseStream), output.ReadAsync(process.StandardError.BaseStream));
        using var timeUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeUp.CancelAfter(TimeSpan.FromSeconds(_limits.Seconds));
        try
        {
            await process.WaitForExitAsync(timeUp.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true); // the first process of the namespace goes with bubblewrap, and with it all others
            await process.WaitForExitAsync(CancellationToken.None);
            await ended;
            await reading;
            cancellation.ThrowIfCancellationRequested();
            return new SandboxResult(null, output.ToString());
        }

        await ended;
        await reading;
        return new SandboxResult(process.ExitCode, output.ToString());
    }

    // By a thread that lives as long as the program: with --die-with-parent the kernel kills it when the thread that started it ends, and a thread of the pool ends after some idle seconds.
    private static async Task<Task> StartAsync(Process process)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    _ = CloseRange(3, uint.MaxValue, CloseOnExec); // what the caller's shell has open is not the program's
                    process.Start();
                    started.SetResult();
                }
                catch (Exception fault)
                {
                    started.SetException(fault);
                    return;
                }

                process.WaitForExit();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await started.Task;
        return ended;
    }

    [LibraryImport("libc", EntryPoint = "close_range")]
    private static partial int CloseRange(uint first, uint last, uint flags);

    private static string[] AsNobody() => ["/usr/bin/setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--"];

    private string[] Arguments(string folder)
    {
        string Number(double value) => ((long)value).ToString(CultureInfo.InvariantCulture);
        string[] settings = [.. _settings.SelectMany(PathPattern.Find).SelectMany(f => new[] { "--ro-bind", f, f })];
        string[] links = [.. _linked.Where(n => Directory.Exists("/usr/" + n)).SelectMany(n => new[] { "--symlink", "usr/" + n, "/" + n })];
        return
        [
            .. File.Exists(OutOfMemoryScore) ? new[] { OutOfMemoryScore, "-n", "1000", "--" } : [], // where memory runs out, the program goes, not the model
            "/usr/bin/prlimit", $"--data={Number(_limits.MemoryBytes)}", $"--fsize={Number(_limits.FileBytes)}", $"--cpu={Number(Math.Ceiling(_limits.Seconds) + 1)}", "--core=0", "--nofile=256", "--",
            _bubblewrap, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--setenv", "PATH", string.Join(':', _folders.Append("/bin")),
            "--setenv", "HOME", "/work", "--setenv", "LANG", "C.UTF-8", "--ro-bind", "/usr", "/usr", .. links, .. settings,
            "--proc", "/proc", "--dev", "/dev", "--size", Number(_limits.FileBytes), "--tmpfs", "/dev/shm", "--remount-ro", "/dev", "--size", Number(_limits.FileBytes), "--tmpfs", "/tmp", "--size", Number(_limits.FileBytes), "--tmpfs", "/work",
            "--ro-bind", folder, "/in", "--remount-ro", "/", "--chdir", "/work", "--",
            "/usr/bin/prlimit", $"--nproc={_limits.Processes}", "--", // in here the kernel counts this sandbox's processes; outside it would count those of all that run as the same user
        ];
    }

    // Reads all, so that the program never waits for a reader, and keeps the beginning.
    private sealed class BoundedText(int most)
    {
        private readonly byte[] _kept = new byte[most];
        private readonly Lock _lock = new(); // both outputs write
        private int _length;

        public async Task ReadAsync(Stream stream)
        {
            byte[] buffer = new byte[1 << 14];
            for (int count; (count = await stream.ReadAsync(buffer)) > 0;)
            {
                lock (_lock)
                {
                    int taken = Math.Min(count, most - _length);
                    buffer.AsSpan(0, taken).CopyTo(_kept.AsSpan(_length));
                    _length += taken;
                }
            }
        }

        public override string ToString() => Encoding.UTF8.GetString(_kept, 0, _length);
    }
}

using System.Globalization;
using System.Text;
using FuseSharp.Errors;

namespace FuseSharp.Evaluation.Code;

/// <summary>Runs programs that nobody has read: by bubblewrap, in namespaces of their own, Linux only.</summary>
/// <remarks>
/// A program sees the system's programs and libraries (/usr and the toolchains' settings, read-only), an empty /tmp and a fresh folder /work in memory, in which it starts. It has
/// no network, no environment, none of the user's files or open descriptors and none of the machine's other processes. When its time is up, or all its processes together take too much memory,
/// all that it started is killed with it. Limits of a process and of their number are those of <c>prlimit</c>; started by root it runs as nobody, for whom they hold.
/// </remarks>
public sealed class Sandbox
{
    private const string Bubblewrap = "bwrap";
    private const string Nobody = "65534";

    private static readonly string[] _folders = ["/usr/bin", "/usr/local/bin"];

    private static readonly string[] _written = ["/tmp", "/work", "/dev/shm"];

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
    /// <exception cref="UsageException">This machine has none: then nothing may run.</exception>
    public static async Task<Sandbox> OpenAsync(SandboxLimits limits, CancellationToken cancellation)
    {
        string bubblewrap = FindProgram(Bubblewrap) ?? throw new UsageException("Generated code runs only in a sandbox, and 'bwrap' is not in /usr/bin. Install bubblewrap (Debian: apt-get install bubblewrap).");
        if (!ProcessMemory.IsKnown)
        {
            throw new UsageException("Generated code runs only in a sandbox, and this kernel does not say how much memory a program's processes take (/proc/thread-self/children is missing). Run on another machine.");
        }

        var sandbox = new Sandbox(bubblewrap, limits);
        var result = await sandbox.RunAsync(new Dictionary<string, string>(), "exit 0", cancellation);
        return result.IsSuccess ? sandbox
            : throw new UsageException($"Generated code runs only in a sandbox, and bubblewrap cannot make one here: {result.Output.Split('\n')[0]} Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), or run on another machine.");
    }

    /// <summary>The path of a program that the sandbox can see, or null.</summary>
    public static string? FindProgram(string name) => OperatingSystem.IsLinux() ? _folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists) : null;

    /// <summary>Runs a shell script in a fresh folder.</summary>
    /// <param name="files">Names and contents, put into the folder before. Nothing is written on this machine: the shell in the sandbox reads them from its input.</param>
    /// <param name="script">For /bin/sh.</param>
    /// <param name="cancellation">Kills it.</param>
    public async Task<SandboxResult> RunAsync(IReadOnlyDictionary<string, string> files, string script, CancellationToken cancellation)
    {
        (string Name, byte[] Content)[] contents = [.. files.Select(f => (f.Key, Encoding.UTF8.GetBytes(f.Value)))];
        string reading = string.Concat(contents.Select(f => FormattableString.Invariant($"head -c {f.Content.Length} > '{f.Name}'; ")));
        string[] command = [.. Environment.IsPrivilegedProcess ? AsNobody() : [], .. Arguments(), "/bin/sh", "-c", $"{reading}exec < /dev/null; {script}"];
        return await new SandboxProcess(_limits).RunAsync(command, [.. contents.SelectMany(f => f.Content)], cancellation);
    }

    private static string[] AsNobody() => ["/usr/bin/setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--"];

    private string[] Arguments()
    {
        string Number(double value) => ((long)value).ToString(CultureInfo.InvariantCulture);
        string[] settings = [.. _settings.SelectMany(PathPattern.Find).SelectMany(f => new[] { "--ro-bind", f, f })];
        string[] links = [.. _linked.Where(n => Directory.Exists("/usr/" + n)).SelectMany(n => new[] { "--symlink", "usr/" + n, "/" + n })];
        return
        [
            // Where the machine's memory ends all the same, the kernel takes a program of the sandbox, not fusesharp with its model.
            "/usr/bin/choom", "-n", "1000", "--",
            "/usr/bin/prlimit", $"--data={Number(_limits.MemoryBytes)}", $"--fsize={Number(_limits.FileBytes)}", $"--cpu={Number(Math.Ceiling(_limits.Seconds) + 1)}", "--core=0", "--nofile=256", "--",
            _bubblewrap, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--setenv", "PATH", string.Join(':', _folders.Append("/bin")),
            "--setenv", "HOME", "/work", "--setenv", "LANG", "C.UTF-8", "--ro-bind", "/usr", "/usr", .. links, .. settings,
            "--proc", "/proc", "--dev", "/dev", .. _written.SelectMany(f => new[] { "--size", Number(_limits.FileBytes), "--tmpfs", f }), "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/work", "--",
            "/usr/bin/prlimit", $"--nproc={_limits.Processes}", "--", // in here the kernel counts this sandbox's processes; outside it would count those of all that run as the same user
        ];
    }
}

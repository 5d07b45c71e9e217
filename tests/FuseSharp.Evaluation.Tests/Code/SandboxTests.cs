using System.Diagnostics;
using System.Runtime.InteropServices;
using FuseSharp.Evaluation.Code;
using FuseSharp.Testing;

namespace FuseSharp.Evaluation.Tests.Code;

/// <summary>Programs that try to do harm, in the real sandbox.</summary>
public sealed partial class SandboxTests
{
    private const string MissingReason = "This machine has no bubblewrap, or no Python in /usr/bin.";

    /// <summary>Whether there is nothing to test with.</summary>
    public static bool IsMissing => Sandbox.FindProgram("bwrap") is null || Sandbox.FindProgram("python3") is null;

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_GoodProgram_PassesWithItsOutput()
    {
        var result = await RunAsync("import json, os\nprint(json.dumps(sorted(os.listdir('.'))))\nopen('made', 'w').write('x')");

        Assert.Equal(new SandboxResult(0, "[\"program.py\"]\n"), result);
    }

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_FailingAssertion_Fails() => Assert.Equal(1, (await RunAsync("assert False")).ExitCode);

    [Theory(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    [InlineData("while True: pass")]
    [InlineData("import time; time.sleep(1000)")]
    [InlineData("import subprocess; subprocess.Popen(['sleep', '4711'], start_new_session=True).wait()")]
    public async Task Run_EndlessProgram_IsKilledWithAllItStarted(string program)
    {
        var result = await RunAsync(program, new SandboxLimits { Seconds = 0.5 });

        Assert.Equal((null, "time is up"), (result.ExitCode, result.Stopped));
        Assert.False(IsRunning("4711"));
    }

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_Devices_HoldNoFilesAndLittleSharedMemory()
    {
        var result = await RunAsync("""
            def kept(path, size):
                try:
                    with open(path, 'wb') as f:
                        f.write(bytes(size))
                    return True
                except OSError:
                    return False
            print(kept('/dev/x', 1), kept('/dev/shm/a', 1000), kept('/dev/shm/b', 200 << 20), kept('/dev/null', 1000))
            """);

        Assert.Equal(new SandboxResult(0, "False True False True\n"), result);
    }

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_WhatTheCallerHasOpen_IsNotThePrograms()
    {
        using var secret = File.OpenHandle(Environment.ProcessPath!);
        int open = Duplicate((int)secret.DangerousGetHandle()); // a copy is inherited, as what a shell has opened
        try
        {
            var result = await RunAsync("import os\nprint([f for f in os.listdir('/proc/self/fd') if int(f) > 2 and os.path.exists('/proc/self/fd/' + f)])");

            Assert.Equal(new SandboxResult(0, "[]\n"), result);
        }
        finally
        {
            _ = Close(open);
        }
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_ForkBomb_MeetsTheLimitOfProcesses()
    {
        var result = await RunAsync("""
            import os, signal
            children = []
            try:
                while len(children) < 2000:
                    pid = os.fork()
                    if pid == 0:
                        signal.pause()
                    children.append(pid)
            except OSError:
                pass
            print(len(children), flush=True)
            os._exit(0)
            """, new SandboxLimits { Processes = 40 });

        Assert.InRange(int.Parse(result.Output, System.Globalization.CultureInfo.InvariantCulture), 1, 40);
    }

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_SeveralAtOnce_EachHasItsOwnLimitOfProcesses()
    {
        // 25 of 40 each: together far more than one limit.
        const string Program = """
            import os, signal
            children = []
            for _ in range(25):
                pid = os.fork()
                if pid == 0:
                    signal.pause()
                children.append(pid)
            for pid in children:
                os.kill(pid, signal.SIGTERM)
            for pid in children:
                os.waitpid(pid, 0)
            """;

        var results = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => RunAsync(Program, new SandboxLimits { Processes = 40, Seconds = 60 })));

        Assert.All(results, r => Assert.True(r.IsSuccess, r.Output));
    }

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_UsualDevices_AreThere()
    {
        var result = await RunAsync("open('/dev/null', 'w').write('x'); print(len(open('/dev/urandom', 'rb').read(4)), open('/dev/zero', 'rb').read(2))");

        Assert.Equal((0, "4 b'\\x00\\x00'\n"), (result.ExitCode, result.Output));
    }

    /// <summary>As a thread of the pool does after 20 s without work: the program used to be killed with it.</summary>
    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_ByAThreadThatEnds_LivesOn()
    {
        var sandbox = await Sandbox.OpenAsync(new SandboxLimits(), CancellationToken.None);
        Task<SandboxResult>? running = null;
        var thread = new Thread(() =>
        {
            running = sandbox.RunAsync(new Dictionary<string, string>(), "sleep 1.4713; echo done", CancellationToken.None);
            SpinWait.SpinUntil(() => running.IsCompleted || IsRunning("1.4713")); // only who has been begun can be killed with it
        });
        thread.Start();
        thread.Join();

        Assert.Equal(new SandboxResult(0, "done\n"), await running!);
    }

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_LargeProgramThatEndsUnread_IsNoFault()
    {
        var sandbox = await Sandbox.OpenAsync(new SandboxLimits { FileBytes = 1 << 20 }, CancellationToken.None);

        var result = await sandbox.RunAsync(new Dictionary<string, string> { ["a"] = new string('ä', 2 << 20), ["b"] = "" }, "exit 3", CancellationToken.None);

        Assert.Equal(3, result.ExitCode);
    }

    [Theory(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    [InlineData("import socket; socket.create_connection(('127.0.0.1', PORT), 2)", "refused")]
    [InlineData("import socket; socket.create_connection(('10.0.0.1', 80), 2)", "unreachable")]
    public async Task Run_NetworkAttempt_FindsNoNetwork(string program, string expected)
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        string port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        var result = await RunAsync(program.Replace("PORT", port, StringComparison.Ordinal));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, result.Output, StringComparison.OrdinalIgnoreCase);
        Assert.False(listener.Pending());
    }

    [Theory(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    [InlineData("/usr/bin/mine")]
    [InlineData("/etc/mine")]
    [InlineData("/mine")]
    [InlineData("/in/mine")]
    [InlineData("/root/mine")]
    public async Task Run_WritingOutside_Fails(string place)
    {
        var result = await RunAsync($"open('{place}', 'w').write('x')");

        Assert.Equal(1, result.ExitCode);
        Assert.False(File.Exists(place));
    }

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_ReadingTheUsersFilesAndEnvironment_FindsNone()
    {
        using var folder = new ScratchFolder();
        string secret = folder.Write("secret", "x"u8.ToArray());

        var result = await RunAsync($"import os\nprint(os.path.exists('{secret}'), os.path.exists('/root'), os.path.exists('/home'), os.path.exists('/etc/passwd'), sorted(k for k in os.environ if k not in ('PWD', 'LC_CTYPE')), len([p for p in os.listdir('/proc') if p.isdigit()]) < 5)");

        Assert.Equal("False False False False ['HOME', 'LANG', 'PATH'] True\n", result.Output);
    }

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_HugeOutput_IsCut()
    {
        var result = await RunAsync("import sys\nfor _ in range(20000): sys.stdout.write('x' * 1000)", new SandboxLimits { OutputBytes = 1000 });

        Assert.Equal((0, 1000), (result.ExitCode, result.Output.Length));
    }

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_HugeFile_MeetsTheLimitOfFiles()
    {
        var result = await RunAsync("f = open('f', 'wb')\nfor _ in range(100): f.write(b'x' * (1 << 20)); f.flush()", new SandboxLimits { FileBytes = 8 << 20 });

        Assert.NotEqual(0, result.ExitCode);
    }

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_Cancelled_Ends()
    {
        using var source = new CancellationTokenSource();
        var sandbox = await Sandbox.OpenAsync(new SandboxLimits(), CancellationToken.None);
        var running = sandbox.RunAsync(new Dictionary<string, string>(), "sleep 1000", source.Token);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    // Whether a 'sleep' with this argument runs on this machine.
    private static bool IsRunning(string argument) => Process.GetProcessesByName("sleep").Any(p =>
    {
        try
        {
            return File.ReadAllText($"/proc/{p.Id}/cmdline").Contains(argument, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it has ended meanwhile
        }
    });

    internal static async Task<SandboxResult> RunAsync(string program, SandboxLimits? limits = null)
    {
        var sandbox = await Sandbox.OpenAsync(limits ?? new SandboxLimits(), TestContext.Current.CancellationToken);
        return await sandbox.RunAsync(new Dictionary<string, string> { ["program.py"] = program }, "exec python3 program.py", TestContext.Current.CancellationToken);
    }
}

using FuseSharp.Evaluation.Code;


namespace FuseSharp.Evaluation.Tests.Code;

/// <summary>Programs that take too much memory, alone or together, in the real sandbox.</summary>
public sealed class SandboxMemoryTests
{
    private const string MissingReason = "This machine has no bubblewrap, or no Python in /usr/bin.";

    /// <summary>Whether there is nothing to test with.</summary>
    public static bool IsMissing => SandboxTests.IsMissing;

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_MemoryHog_MeetsTheLimitOfMemory()
    {
        var result = await SandboxTests.RunAsync("data = bytearray(400 << 20)\nprint(len(data))", new SandboxLimits { MemoryBytes = 200 << 20 });

        Assert.Contains("MemoryError", result.Output, StringComparison.Ordinal);
    }

    /// <summary>None of the processes is above the limit alone; those of the last one have only shared memory, which no limit of a process counts.</summary>
    [Theory(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    [InlineData("""
        import os, signal
        for _ in range(5):
            if os.fork() == 0:
                data = bytearray(os.urandom(1 << 20)) * 60
                signal.pause()
        signal.pause()
        """)]
    [InlineData("""
        import mmap, signal
        data = mmap.mmap(-1, 300 << 20)
        for i in range(300):
            data.write(b'x' * (1 << 20))
        signal.pause()
        """)]
    [InlineData("""
        import mmap, os, signal
        for _ in range(4):
            if os.fork() == 0:
                data = mmap.mmap(-1, 70 << 20)
                data.write(b'x' * (70 << 20))
                os.setsid()
                if os.fork() != 0:
                    os._exit(0)
                signal.pause()
        signal.pause()
        """)]
    public async Task Run_MemoryOfAllProcessesTogether_MeetsTheLimitAndIsNamed(string program)
    {
        var result = await SandboxTests.RunAsync(program, new SandboxLimits { MemoryBytes = 200 << 20, Seconds = 60 });

        Assert.Equal((null, "more than 200 MiB of memory"), (result.ExitCode, result.Stopped));
    }

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_MemoryThatProcessesShare_CountsOnce()
    {
        var result = await SandboxTests.RunAsync("""
            import os
            data = bytearray(120 << 20)
            reader, writer = os.pipe()
            for _ in range(6):
                if os.fork() == 0:
                    os.close(writer)
                    os.read(reader, 1)
                    os._exit(0)
            import time
            time.sleep(0.3)
            """, new SandboxLimits { MemoryBytes = 250 << 20, Seconds = 60 });

        Assert.Equal((0, null), (result.ExitCode, result.Stopped));
    }

    [Theory(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    [InlineData("/dev/shm", "No space left")]
    [InlineData("/tmp", "No space left")]
    [InlineData("/work", "No space left")]
    [InlineData("/dev", "Read-only file system")]
    public async Task Run_FilesInMemory_AreFew(string folder, string expected)
    {
        var result = await SandboxTests.RunAsync($"for i in range(4):\n  with open('{folder}/f%d' % i, 'wb') as f: f.write(b'x' * (6 << 20))", new SandboxLimits { FileBytes = 8 << 20 });

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
    }

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task Run_MachineOutOfMemory_TheProgramIsTakenFirst() => Assert.Equal("1000\n", (await SandboxTests.RunAsync("print(open('/proc/self/oom_score_adj').read(), end='')")).Output);
}

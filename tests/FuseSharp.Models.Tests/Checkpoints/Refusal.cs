using System.Diagnostics;
using FuseSharp.Errors;

namespace FuseSharp.Models.Tests.Checkpoints;

/// <summary>Checks that bad input is refused as this project promises: in one line that names the file, quickly and in bounded memory.</summary>
internal static class Refusal
{
    private const long MostBytes = 16 << 20;

    public static void Check(string file, string expected, Func<object> read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        var error = Assert.Throws<ModelException>(() => read());
        Assert.True(clock.Elapsed.TotalSeconds < 5);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostBytes);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}

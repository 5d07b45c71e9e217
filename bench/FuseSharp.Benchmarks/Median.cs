using System.Diagnostics;

namespace FuseSharp.Benchmarks;

/// <summary>Times an action, mostly several times.</summary>
internal static class Median
{
    /// <summary>A single run.</summary>
    public static double SecondsOfOne(Action action)
    {
        long started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>The median of some runs, after one that warms up.</summary>
    public static double MillisecondsOf(int runs, Action action)
    {
        action();
        double[] times = new double[runs];
        for (int r = 0; r < runs; r++)
        {
            var watch = Stopwatch.StartNew();
            action();
            times[r] = watch.Elapsed.TotalMilliseconds;
        }

        Array.Sort(times);
        return times[runs / 2];
    }

    /// <summary>Processor time of one run, over some after one that warms up: what one thread's work takes whatever else the machine does.</summary>
    public static double ProcessorMillisecondsOf(int runs, Action action)
    {
        action();
        var before = Environment.CpuUsage.TotalTime;
        for (int r = 0; r < runs; r++)
        {
            action();
        }

        return (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / runs;
    }
}

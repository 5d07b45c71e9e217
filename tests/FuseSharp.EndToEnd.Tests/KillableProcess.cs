using System.Diagnostics;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>The command as a process that is killed at a chosen moment.</summary>
internal static class KillableProcess
{
    /// <summary>Runs the same command until it comes to its end, killed again and again.</summary>
    /// <param name="arguments">Of the command.</param>
    /// <param name="mustDie">From the number of kills so far to what is asked every millisecond.</param>
    /// <returns>How often it was killed.</returns>
    public static int RunToTheEnd(string[] arguments, Func<int, Func<bool>> mustDie)
    {
        int kills = 0;
        while (!Run(arguments, mustDie(kills)))
        {
            Assert.True(++kills < 20, "it gets nowhere");
        }

        return kills;
    }

    /// <summary>Runs a command.</summary>
    /// <param name="arguments">Of the command.</param>
    /// <param name="mustDie">Asked every millisecond; true kills it.</param>
    /// <returns>Whether it came to its end.</returns>
    public static bool Run(string[] arguments, Func<bool> mustDie)
    {
        using var process = FusesharpProcess.Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        while (!process.WaitForExit(1))
        {
            if (mustDie())
            {
                process.Kill();
                process.WaitForExit();
                return false;
            }
        }

        Assert.True(process.ExitCode == 0, errors.Result + output.Result);
        return true;
    }

    /// <summary>True from a number of lines in a file on, at a moment that a seed chooses: within a step, a write or a removal.</summary>
    /// <param name="file">A log that the process writes.</param>
    /// <param name="lines">So many are waited for.</param>
    /// <param name="random">Chooses the moment.</param>
    public static Func<bool> HasWritten(string file, int lines, Random random)
    {
        int further = random.Next(30);
        int seen = 0;
        return () => File.Exists(file) && CountLines(file) >= lines && ++seen > further;
    }

    /// <summary>A file's bytes; 0 where it is not there, or no longer.</summary>
    public static long LengthOf(string path)
    {
        try
        {
            return new FileInfo(path).Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Kills a stage some random time after its next shard is complete.</summary>
    /// <param name="process">It runs the stage.</param>
    /// <param name="output">The stage's folder.</param>
    /// <param name="random">Chooses the moment.</param>
    /// <returns>Whether it was killed; false where it had come to its end by then.</returns>
    public static bool KilledInTheMiddle(Process process, string output, Random random)
    {
        string journal = Path.Combine(output + ".partial", "shards.jsonl");
        int afterMicroseconds = random.Next(30_000);
        long before = LengthOf(journal);
        while (!process.HasExited && LengthOf(journal) <= before)
        {
            Thread.Yield();
        }

        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalMicroseconds < afterMicroseconds && !process.HasExited)
        {
            Thread.Yield();
        }

        process.Kill();
        process.WaitForExit();
        return process.ExitCode != 0;
    }

    /// <summary>Lines of a file that a process writes.</summary>
    public static int CountLines(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        int lines = 0;
        while (reader.ReadLine() is not null)
        {
            lines++;
        }

        return lines;
    }
}

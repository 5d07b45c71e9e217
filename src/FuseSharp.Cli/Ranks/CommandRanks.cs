using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FuseSharp.Errors;
using FuseSharp.Models.Scoring;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Cli.Ranks;

/// <summary>The ranks of this run of the program, which commands that share their work join; and what becomes of the others when one fails.</summary>
internal static partial class CommandRanks
{
    private const int Terminated = 143; // 128 + SIGTERM, as shells say it

    private const string Remedy = "The whole job ends. Finished work is intact: run the same command again, with any number of ranks, and it resumes, a training from its last checkpoint.";

    // Errors of the input are met by all ranks at once: the others leave rank 0 the time to say it once for all.
    private static readonly TimeSpan _courtesy = TimeSpan.FromSeconds(1);

    // Until the others on this machine have looked who is gone.
    private static readonly TimeSpan _farewell = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);

    private static PosixSignalRegistration? _termination;
    private static volatile bool _endsBySignal = true;
    private static volatile bool _hasFailed;

    /// <summary>Those that were joined; this process alone before.</summary>
    public static IProcessGroup Current { get; private set; } = SingleProcess.Instance;

    /// <summary>The command that runs, with its arguments: all ranks must have been started with the same.</summary>
    public static IReadOnlyList<string> Arguments { get; set; } = [];

    /// <summary>Joins the job that <c>mpirun</c> or <c>srun</c> started.</summary>
    public static IProcessGroup Join()
    {
        if (Current.Count == 1)
        {
            Current = MpiLauncher.Join();
            _termination = Current.Count == 1 ? null : PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
            {
                context.Cancel = true;
                new Thread(HeedTermination) { IsBackground = true }.Start();
            });
            RankAgreement.CheckLines(Current, "fusesharp", ProgramBuild.Describe());
            RankAgreement.CheckLines(Current, "command", string.Join('\n', Arguments.Select(a => GraphicsProcessor().Replace(a.ReplaceLineEndings(" "), "cuda"))));
        }

        return Current;
    }

    /// <summary>Lets all ranks choose the number type <c>auto</c> as rank 0 does: by its processor, measured by it alone.</summary>
    public static void AgreeOnRates()
    {
        if (Current.Count > 1)
        {
            string Said(double rate) => rate.ToString("R", CultureInfo.InvariantCulture);
            var own = Current.Rank == 0 ? MatrixRates.OfThisProcessor : null;
            double[] rates = [.. Current.Broadcast(own is null ? "" : $"{Said(own.Float32)} {Said(own.Bfloat16)}").Split(' ').Select(r => double.Parse(r, CultureInfo.InvariantCulture))];
            MatrixRates.Agree(new MatrixRates(rates[0], rates[1]));
        }
    }

    /// <summary>Prints a line once, however many ranks say it.</summary>
    public static void Say(string line)
    {
        if (Current.Rank == 0)
        {
            Console.WriteLine(line);
        }
    }

    /// <summary>Before a fault is reported: says whose it is.</summary>
    public static async Task NameTheRankAsync()
    {
        if (Current.Count > 1)
        {
            await WaitForRank0Async();
            await Console.Error.WriteLineAsync($"Failed: {Current.NameOf(Current.Rank)}. {Remedy}");
        }
    }

    /// <summary>Says once what all ranks fail by.</summary>
    /// <param name="fault">One line.</param>
    public static async Task SayForAllAsync(string fault)
    {
        await WaitForRank0Async();
        if (Current.Rank == 0)
        {
            await Console.Error.WriteLineAsync(fault);
        }
    }

    /// <summary>Says where work was stopped: what all ranks stopped is said once, else who was told.</summary>
    /// <param name="stop">What knows where; null where nothing does.</param>
    public static async Task SayStoppedAsync(StoppedException? stop)
    {
        string where = stop?.Message ?? "Stopped. What was finished is kept; what was in progress begins again with the same command.";
        if (Current.Count == 1 || stop is { IsOfAllRanks: true })
        {
            _endsBySignal = false; // the job's starter may end those who are still about to leave
            if (Current.Rank == 0)
            {
                await Console.Error.WriteLineAsync(where);
            }

            return;
        }

        await WaitForRank0Async();
        await Console.Error.WriteLineAsync($"{where} {Current.NameOf(Current.Rank)} was told to stop, and the whole job ends: run the same command again, with any number of ranks.");
    }

    private static async Task WaitForRank0Async()
    {
        if (Current.Rank > 0)
        {
            _hasFailed = true;
            await Task.Delay(_courtesy);
        }
    }

    /// <summary>After a fault was reported: ends the others, which wait for this one.</summary>
    public static void Abort(int exitCode) => Current.Abort(exitCode);

    /// <summary>Leaves the job, when all is done.</summary>
    public static void Leave()
    {
        _endsBySignal = false;
        _termination?.Dispose();
        _termination = null;
        Current.Dispose();
        Current = SingleProcess.Instance;
    }

    // mpirun and srun send SIGTERM to the others when one process is gone. These may wait in a collective call, which nothing else interrupts: they end at once.
    // Where nobody is gone the job is told to stop, as one process is: after the step. Whoever goes in the meantime would be waited for, so it is looked for.
    private static void HeedTermination()
    {
        var ranks = Current;
        if (_hasFailed)
        {
            Environment.Exit(Terminated); // rank 0 has said it for all and ends them
        }

        if (ranks.Missing().Count == 0)
        {
            if (ranks.LocalRank == 0)
            {
                Console.Error.WriteLine($"Told to end by SIGTERM, on {ranks.NameOf(ranks.Rank)}: the job stops behind the work it is in, unless a rank on another machine is gone.");
            }

            while (_endsBySignal && ranks.Missing().Count == 0)
            {
                Thread.Sleep(_look);
            }
        }

        if (_endsBySignal)
        {
            var gone = ranks.Missing();
            if (gone.Count(r => r < ranks.Rank) == ranks.LocalRank)
            {
                Console.Error.WriteLine($"Gone: {string.Join(", ", gone.Select(ranks.NameOf))}. {Remedy}");
            }

            Thread.Sleep(_farewell);
            Environment.Exit(Terminated);
        }
    }

    // Which of a machine's graphics processors a rank takes may differ.
    [GeneratedRegex(@"(?<=^(--device[=:])?)cuda:\d+$")]
    private static partial Regex GraphicsProcessor();
}

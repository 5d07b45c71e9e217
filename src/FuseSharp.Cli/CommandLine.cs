using System.CommandLine;
using System.CommandLine.Help;
using FuseSharp.Cli.Commands;
using FuseSharp.Cli.Parsing;
using FuseSharp.Cli.Ranks;
using FuseSharp.Errors;
using Spectre.Console;

namespace FuseSharp.Cli;

/// <summary>All commands, and what becomes of their faults.</summary>
internal static class CommandLine
{
    // 0 done · 1 a fault of this program · 2 what the user can mend · 130 told to stop: the same command goes on
    public const int UserError = 2;
    private const int ProgramError = 1;
    private const int Stopped = 130;

    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Create().Parse(AsOption(args));
        if (parsed.Action is HelpAction)
        {
            using var help = new StringWriter();
            int shown = await parsed.InvokeAsync(new InvocationConfiguration { Output = help });
            await Console.Out.WriteAsync(OptionValues.NamedDefaults(help.ToString()));
            return shown;
        }

        var command = parsed.CommandResult.Command;
        if ((parsed.Errors.Count > 0 || parsed.Action == command.Action) && CommandErrors.Find(parsed) is { Count: > 0 } faults)
        {
            foreach (string fault in faults)
            {
                await Console.Error.WriteLineAsync(fault);
            }

            await Console.Error.WriteLineAsync($"See 'fusesharp {(command is RootCommand ? "" : string.Join(' ', command.Parents.OfType<Command>().Where(c => c is not RootCommand).Append(command).Select(c => c.Name)) + " ")}--help'.");
            return UserError;
        }

        CommandRanks.Arguments = args;
        using var signals = new StopSignals();
        Warnings.Raised += Warn;
        try
        {
            if (await DownloadFlag.FetchAsync(parsed, signals.Stop))
            {
                parsed = Create().Parse(AsOption(args));
            }

            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, signals.Stop);
        }
        catch (Exception fault)
        {
            int code = await ReportAsync(fault);
            if (fault is not StoppedException { IsOfAllRanks: true })
            {
                CommandRanks.Abort(code);
            }

            return code;
        }
        finally
        {
            Warnings.Raised -= Warn;
            CommandRanks.Leave();
        }
    }

    private static void Warn(string text) => Console.Error.WriteLine($"Warning: {text}");

    /// <summary>The whole tree of commands and options.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("Fuses several language models, of different architectures and tokenizers, into one that outperforms each of them across all their domains.")
        {
            DemoCommand.Create(),
            InitCommand.Create(),
            RunCommand.Create(),
            PlanCommand.Create(),
            CheckCommand.Create(),
            WriteCommand.Create(),
            SplitCommand.Create(),
            RepresentCommand.Create(),
            MapCommand.Create(),
            AlignCommand.Create(),
            PackCommand.Create(),
            TrainCommand.Create(),
            EvaluateCommand.Create(),
            ReportCommand.Create(),
            JudgeCommand.Create(),
            GenerateCommand.Create(),
            ChatCommand.Create(),
            ServeCommand.Create(),
            ExportCommand.Create(),
            MergeCommand.Create(),
            EnsembleCommand.Create(),
            ExperimentCommand.Create(),
            InspectCommand.Create(),
            VerifyCommand.Create(),
            DoctorCommand.Create(),
            TokenizerCommand.Create(),
            PretrainCommand.Create(),
            CompletionCommand.Create(),
        };
        DownloadFlag.AddTo(root);
        OptionValues.ApplyTo(root);
        return root;
    }

    // 'fusesharp' and 'fusesharp help COMMAND' as people try them first.
    private static string[] AsOption(string[] args)
        => args.Length == 0 ? ["--help"] : args[0] == "help" ? [.. args[1..], "--help"] : args;

    private static async Task<int> ReportAsync(Exception fault)
    {
        // Parallel work and static constructors wrap what was thrown in them.
        while (fault is AggregateException or TypeInitializationException && fault.InnerException is { } inner)
        {
            fault = inner;
        }

        if (fault is OperationCanceledException)
        {
            await CommandRanks.SayStoppedAsync(fault as StoppedException);
            return Stopped;
        }

        if (fault is UsageException { IsOfAllRanks: true })
        {
            await CommandRanks.SayForAllAsync(fault.Message);
            return UserError;
        }

        await CommandRanks.NameTheRankAsync();
        switch (fault)
        {
            case FuseSharpException:
                await Console.Error.WriteLineAsync(fault.Message);
                return UserError;
            case IOException or UnauthorizedAccessException:
                await Console.Error.WriteLineAsync($"{fault.Message} Check the path, its permissions and the free space.");
                return UserError;
            default:
                AnsiConsole.Console.Profile.Out.Writer.Flush();
                await Console.Error.WriteLineAsync($"This is a fault of fusesharp, please report it: {fault}");
                return ProgramError;
        }
    }
}

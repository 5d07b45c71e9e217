using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FuseSharp.Cli.Commands;
using FuseSharp.Core.Errors;
using Spectre.Console;

namespace FuseSharp.Cli;

/// <summary>All commands, and what becomes of their faults.</summary>
internal static class CommandLine
{
    // 0 done · 1 a fault of this program · 2 what the user can mend · 130, 138, 143 told to stop by SIGINT, SIGUSR1, SIGTERM
    private const int UserFault = 2;
    private const int ProgramFault = 1;

    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Create().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }

            await Console.Error.WriteLineAsync("See 'fusesharp --help', or '--help' behind a command.");
            return UserFault;
        }

        JobRanks.Command = parsed.CommandResult.Command.Name;
        using var signals = new StopSignals();
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, signals.Stop);
        }
        catch (Exception fault)
        {
            int code = await ReportAsync(fault, signals);
            JobRanks.Abort(code);
            return code;
        }
        finally
        {
            JobRanks.Leave();
        }
    }

    /// <summary>The whole tree of commands and options.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("Fuses several language models, of different architectures and tokenizers, into one that is better than each of them over all their areas together.")
        {
            DemoCommand.Create(),
            InitCommand.Create(),
            RunCommand.Create(),
            PlanCommand.Create(),
            CheckCommand.Create(),
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
            ServeCommand.Create(),
            ExportCommand.Create(),
            MergeCommand.Create(),
            EnsembleCommand.Create(),
            ExperimentCommand.Create(),
            InspectCommand.Create(),
            VerifyCommand.Create(),
            TokenizerCommand.Create(),
            PretrainCommand.Create(),
        };
        ReadNumbersInvariantly(root);
        return root;
    }

    // System.CommandLine reads numbers by the user's culture, where 0.5 can be 5.
    private static void ReadNumbersInvariantly(Command command)
    {
        foreach (var option in command.Options.OfType<Option<double>>())
        {
            option.CustomParser ??= Real;
        }

        foreach (var inner in command.Subcommands)
        {
            ReadNumbersInvariantly(inner);
        }
    }

    private static double Real(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            return number;
        }

        result.AddError($"'{text}' is no number. Write it as 0.5 or 1e-5.");
        return 0;
    }

    private static async Task<int> ReportAsync(Exception fault, StopSignals signals)
    {
        // Parallel work and static constructors wrap what was thrown in them.
        while (fault is AggregateException or TypeInitializationException && fault.InnerException is { } inner)
        {
            fault = inner;
        }

        await JobRanks.NameTheRankAsync();
        switch (fault)
        {
            case OperationCanceledException:
                await Console.Error.WriteLineAsync("Cancelled. What is finished is kept; the same command goes on from there.");
                return signals.ExitCode;
            case FuseSharpException:
                await Console.Error.WriteLineAsync(fault.Message);
                return UserFault;
            case IOException or UnauthorizedAccessException:
                await Console.Error.WriteLineAsync($"{fault.Message} Check the path, its permissions and the free space.");
                return UserFault;
            default:
                AnsiConsole.Console.Profile.Out.Writer.Flush();
                await Console.Error.WriteLineAsync($"This is a fault of fusesharp, please report it: {fault}");
                return ProgramFault;
        }
    }
}

using System.CommandLine;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Scoring;

namespace FuseSharp.Cli.Commands;

internal static class ChatCommand
{
    private const string Exit = "/exit";
    private const string Reset = "/reset";
    private const int Shown = 40;

    private static readonly Argument<string> _model = CommonOptions.ModelArgument(", with a chat template");
    private static readonly Option<string?> _system = new("--system") { Description = "System message: how the model should answer." };
    private static readonly SamplingFlags _sampling = new();
    private static readonly Option<Precision> _precision = CommonOptions.WritingPrecision();
    private static readonly Option<string> _device = CommonOptions.Device();

    public static Command Create()
    {
        var command = new Command("chat", $"Talks with a model: each line is something you say. {Reset} begins anew, {Exit} ends it.") { _model, _system };
        _sampling.AddTo(command);
        command.Add(_precision);
        command.Add(_device);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            string path = parsed.GetRequiredValue(_model);
            var options = _sampling.Read(parsed);
            var template = GenerateCommand.TemplateOf(path, "Use 'generate' for models that only continue");
            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(_device));
            using var model = LanguageModel.Load(ModelName.FromPath(path), path, StoredWeights.WorkingTypeOf(parsed.GetValue(_precision), where, path), where, keepsStored: true);
            Talk(new ChatSession(model, template, options, parsed.GetValue(_system)), model, cancellation);
            return 0;
        }, cancellation));
        return command;
    }

    // The line editing is the terminal's own; prompts and warnings are apart from the answers, which a pipe may take.
    private static void Talk(ChatSession session, LanguageModel model, CancellationToken cancellation)
    {
        while (NextLine(cancellation) is { } line && line != Exit)
        {
            if (line == Reset)
            {
                session.Reset();
            }
            else if (line.StartsWith('/'))
            {
                Console.Error.WriteLine($"'{line}' is an unknown command. There are {Reset} and {Exit}.");
            }
            else if (line.Length > 0)
            {
                Answer(session, line, model, cancellation);
            }
        }
    }

    private static void Answer(ChatSession session, string line, LanguageModel model, CancellationToken cancellation)
    {
        bool isOpen = false; // what was written has no line end yet
        try
        {
            session.Ask(line, d => Console.Error.WriteLine(FormattableString.Invariant(
                $"The context of {model.Network.Config.ContextLength:N0} tokens is full: '{(d.Length > Shown ? d[..Shown] + "…" : d)}' and its answer are left out from here on.")), text =>
            {
                isOpen |= text.Length > 0;
                Console.Write(text);
                Console.Out.Flush();
            }, cancellation);
            isOpen = true; // an empty answer is a line too
        }
        catch (UsageException fault)
        {
            Console.Error.WriteLine(fault.Message);
        }
        finally
        {
            Console.Write(isOpen ? Environment.NewLine : "");
        }
    }

    // Waiting for a line cannot be interrupted, but the program can end meanwhile.
    private static string? NextLine(CancellationToken cancellation)
    {
        if (!Console.IsInputRedirected)
        {
            Console.Error.Write("> ");
        }

        var reading = Task.Run(Console.In.ReadLine, CancellationToken.None);
        reading.Wait(cancellation);
        return reading.Result?.Trim();
    }
}

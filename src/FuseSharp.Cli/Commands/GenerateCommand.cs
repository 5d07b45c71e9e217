using System.CommandLine;
using System.Text;
using FuseSharp.Cli.Rendering;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Generate;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Cli.Commands;

internal static class GenerateCommand
{
    private const int LongestPrompt = 1 << 24; // characters, more than any model reads
    private const string StandardInput = "-";

    private static readonly Argument<string> _model = CommonOptions.ModelArgument();
    private static readonly Option<string?> _prompt = new("--prompt") { Description = "The text to continue, printed as given; - reads it from standard input, as does a pipe without --prompt." };
    private static readonly Option<string?> _prompts = new("--prompts") { Description = "File of many prompts instead: .jsonl with 'prompt' or 'messages', or .txt with one a line. An interrupted run resumes." };
    private static readonly Option<string?> _output = new("--output") { Description = "JSON Lines file that gets the continuations of --prompts, in their order." };
    private static readonly Option<int> _batch = new("--batch-size") { Description = "Maximum number of prompts of a file continued side by side; results do not depend on it.", DefaultValueFactory = _ => 16 };
    private static readonly Option<bool> _chat = new("--chat") { Description = "Treats prompts as user messages, written with the model's chat template." };
    private static readonly SamplingFlags _sampling = new();
    private static readonly Option<Precision> _precision = CommonOptions.WritingPrecision();
    private static readonly Option<string> _device = CommonOptions.Device();

    public static Command Create()
    {
        var command = new Command("generate", "Stage 8: continues a prompt, or all prompts of a file.") { _model, _prompt, _prompts, _output, _batch, _chat };
        _sampling.AddTo(command);
        command.Add(_precision);
        command.Add(_device);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            string path = parsed.GetRequiredValue(_model);
            Check(parsed);
            var options = _sampling.Read(parsed);
            var template = parsed.GetValue(_chat) ? TemplateOf(path, "Leave out --chat") : null;
            string? prompt = parsed.GetValue(_prompts) is null ? PromptOf(parsed) : null;
            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(_device));
            using var model = LanguageModel.Load(ModelName.FromPath(path), path, StoredWeights.WorkingTypeOf(parsed.GetValue(_precision), where, path), where, keepsStored: true);
            if (prompt is not null)
            {
                Show(model, options with { Prompt = prompt }, template, cancellation);
            }
            else
            {
                Write(parsed, path, model, options, template, cancellation);
            }

            return 0;
        }, cancellation));
        return command;
    }

    /// <summary>The chat template of a model.</summary>
    /// <param name="model">Its folder or file.</param>
    /// <param name="otherwise">What to do where it has none, beside adding one.</param>
    public static ChatTemplate TemplateOf(string model, string otherwise)
        => ChatTemplate.Find(model) ?? throw new ModelException($"'{model}' has no chat template. {otherwise}, or add chat_template to its tokenizer_config.json.");

    private static void Check(ParseResult parsed)
    {
        bool hasFile = parsed.GetValue(_prompts) is not null;
        string?[] faults =
        [
            hasFile && parsed.GetValue(_prompt) is not null ? "--prompt and --prompts are both given. Give one of them." : null,
            hasFile && parsed.GetValue(_output) is null ? "--prompts needs --output, the file that gets the continuations." : null,
            !hasFile && parsed.GetValue(_output) is not null ? "--output needs --prompts: the continuation of a single prompt is printed." : null,
            parsed.GetValue(_batch) < 1 ? FormattableString.Invariant($"--batch-size is {parsed.GetValue(_batch)}, expected at least 1.") : null,
        ];
        if (Array.Exists(faults, f => f is not null))
        {
            throw new UsageException(string.Join('\n', faults.OfType<string>()));
        }
    }

    // One line end at the end is what echo and editors add.
    private static string PromptOf(ParseResult parsed)
    {
        string? given = parsed.GetValue(_prompt);
        if (given is not null and not StandardInput)
        {
            return given;
        }

        if (given is null && !Console.IsInputRedirected)
        {
            throw new UsageException("There is nothing to continue. Give --prompt, or --prompts with --output, or a prompt on standard input.");
        }

        var read = new StringBuilder();
        char[] buffer = new char[1 << 16];
        while (Console.In.ReadBlock(buffer) is > 0 and var length)
        {
            read.Append(buffer, 0, length);
            if (read.Length > LongestPrompt)
            {
                throw new UsageException(FormattableString.Invariant($"Standard input holds more than {LongestPrompt:N0} characters. Give a shorter prompt."));
            }
        }

        string piped = read.ToString();
        piped = piped.EndsWith('\n') ? piped[..^1].TrimEnd('\r') : piped;
        return piped.Length > 0 ? piped : throw new UsageException("Standard input holds no prompt. Give one, or use --prompt.");
    }

    private static void Write(ParseResult parsed, string path, LanguageModel model, GenerateOptions options, ChatTemplate? template, CancellationToken cancellation)
    {
        string prompts = parsed.GetValue(_prompts)!;
        string output = parsed.GetValue(_output)!;
        OutputGuard.CheckFile(output, OutputKind.Continuations, prompts, path);
        ProgressDisplay.Run(progress =>
        {
            new GenerateStage(model, options, template, parsed.GetValue(_batch)).Run(prompts, output, new StageContext(progress, cancellation));
            return 0;
        });
        Console.WriteLine($"Continuations: {output}");
    }

    private static void Show(LanguageModel model, GenerateOptions options, ChatTemplate? template, CancellationToken cancellation)
    {
        int[] prompt = template is null ? model.PromptIds(options.Prompt) : model.PromptIds(template.Render([new ChatMessage("user", options.Prompt)]), isConversation: true);
        Console.Write(template is null ? options.Prompt : "");
        try
        {
            new TextGenerator(model, options).Generate(prompt, cancellation, text =>
            {
                Console.Write(text);
                Console.Out.Flush();
            });
        }
        finally
        {
            Console.WriteLine(); // an error has a line of its own
        }
    }
}

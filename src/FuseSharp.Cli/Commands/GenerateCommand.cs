using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Chat;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Recipes;
using FuseSharp.Torch.Generate;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Cli.Commands;

internal static class GenerateCommand
{
    private static readonly GenerateOptions _defaults = new();
    private static readonly Argument<string> _model = new("model") { Description = "The model: a Hugging Face folder or a .gguf file." };
    private static readonly Option<string?> _prompt = new("--prompt") { Description = "What the model goes on from; shown as it is written." };
    private static readonly Option<string?> _prompts = new("--prompts") { Description = "File of many prompts instead: .jsonl with 'prompt' or 'messages', or .txt with one a line. A killed run goes on where it was." };
    private static readonly Option<string?> _output = new("--output") { Description = "JSON Lines file that gets the continuations of --prompts, in their order." };
    private static readonly Option<int> _batch = new("--batch-size") { Description = "Most prompts of a file that are continued side by side; results do not depend on it.", DefaultValueFactory = _ => 16 };
    private static readonly Option<bool> _chat = new("--chat") { Description = "Prompts are what a user says: they are written with the chat template of the model." };
    private static readonly Option<int> _maxTokens = new("--max-tokens") { Description = "Most tokens to add.", DefaultValueFactory = _ => _defaults.MaxTokens };
    private static readonly Option<double> _temperature = new("--temperature") { Description = "Divides the logits, 0–10; 0 always takes the likeliest token.", DefaultValueFactory = _ => _defaults.Temperature };
    private static readonly Option<double> _topP = new("--top-p") { Description = "Draws among the likeliest tokens that together reach this probability, 0–1.", DefaultValueFactory = _ => _defaults.TopP };
    private static readonly Option<int> _topK = new("--top-k") { Description = "Draws among so many likeliest tokens; 0 for all.", DefaultValueFactory = _ => _defaults.TopK };
    private static readonly Option<double> _minP = new("--min-p") { Description = "Leaves out tokens with less than this share of the likeliest one's probability, 0–1.", DefaultValueFactory = _ => _defaults.MinP };
    private static readonly Option<double> _penalty = new("--repetition-penalty") { Description = "Above 1 makes tokens that already stand there less likely.", DefaultValueFactory = _ => _defaults.RepetitionPenalty };
    private static readonly Option<string[]> _stop = new("--stop") { Description = "Text before which a continuation ends; may be given several times.", DefaultValueFactory = _ => [] };
    private static readonly Option<long> _seed = new("--seed") { Description = "Seed of the draws, each prompt's its own; -1 takes another one each time.", DefaultValueFactory = _ => _defaults.Seed };
    private static readonly Option<Precision> _precision = CommonOptions.Precision();
    private static readonly Option<string> _device = CommonOptions.Device();

    public static Command Create()
    {
        var command = new Command("generate", "Stage 8: continues a prompt, or all prompts of a file.")
        {
            _model, _prompt, _prompts, _output, _batch, _chat, _maxTokens, _temperature, _topP, _topK, _minP, _penalty, _stop, _seed, _precision, _device,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            string path = parsed.GetRequiredValue(_model);
            string? prompts = parsed.GetValue(_prompts);
            if (prompts is null == parsed.GetValue(_prompt) is null || prompts is null != parsed.GetValue(_output) is null || parsed.GetValue(_batch) < 1)
            {
                throw new RecipeException("What to continue is not clear. Give --prompt, or --prompts with --output; --batch-size is at least 1.");
            }

            var options = OptionsOf(parsed);
            var template = parsed.GetValue(_chat)
                ? ChatTemplate.Find(path) ?? throw new ModelException($"'{path}' has no chat template. Leave out --chat, or add chat_template to its tokenizer_config.json.")
                : null;
            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(_device));
            using var model = LanguageModel.Load(Recipe.NameOf(path), path, WorkingType.Of(parsed.GetValue(_precision), where), where);
            if (prompts is null)
            {
                Show(model, options, template, cancellation);
            }
            else
            {
                string output = parsed.GetRequiredValue(_output)!;
                OutputGuard.CheckFile(output, prompts, path);
                ProgressDisplay.Run(progress =>
                {
                    new GenerateStage(model, options, template, parsed.GetValue(_batch)).Run(prompts, output, progress, cancellation);
                    return 0;
                });
                Console.WriteLine($"Continuations: {output}");
            }

            return 0;
        }, cancellation));
        return command;
    }

    private static GenerateOptions OptionsOf(ParseResult parsed)
    {
        var options = new GenerateOptions
        {
            Prompt = parsed.GetValue(_prompt) ?? "",
            MaxTokens = parsed.GetValue(_maxTokens),
            Temperature = parsed.GetValue(_temperature),
            TopP = parsed.GetValue(_topP),
            TopK = parsed.GetValue(_topK),
            MinP = parsed.GetValue(_minP),
            RepetitionPenalty = parsed.GetValue(_penalty),
            Stop = parsed.GetRequiredValue(_stop),
            Seed = parsed.GetValue(_seed),
        };
        options.Check();
        return options;
    }

    private static void Show(LanguageModel model, GenerateOptions options, ChatTemplate? template, CancellationToken cancellation)
    {
        int[] prompt = template is null ? model.PromptIds(options.Prompt) : model.PromptIds(template.Render([new ChatMessage("user", options.Prompt)]), isConversation: true);
        Console.Write(template is null ? options.Prompt : "");
        new TextGenerator(model, options).Generate(prompt, cancellation, text =>
        {
            Console.Write(text);
            Console.Out.Flush();
        });
        Console.WriteLine();
    }
}

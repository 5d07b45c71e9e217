using System.CommandLine;
using FuseSharp.Core.Recipes;
using FuseSharp.Torch.Generate;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Cli.Commands;

internal static class GenerateCommand
{
    private static readonly GenerateOptions _defaults = new();

    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "The model: a Hugging Face folder or a .gguf file." };
        var prompt = new Option<string>("--prompt") { Description = "What the model goes on from.", Required = true };
        var maxTokens = new Option<int>("--max-tokens") { Description = "Most tokens to add.", DefaultValueFactory = _ => _defaults.MaxTokens };
        var temperature = new Option<double>("--temperature") { Description = "Divides the logits; 0 always takes the likeliest token.", DefaultValueFactory = _ => _defaults.Temperature };
        var topP = new Option<double>("--top-p") { Description = "Draws among the likeliest tokens that together reach this probability, 0–1.", DefaultValueFactory = _ => _defaults.TopP };
        var topK = new Option<int>("--top-k") { Description = "Draws among so many likeliest tokens; 0 for all.", DefaultValueFactory = _ => _defaults.TopK };
        var penalty = new Option<double>("--repetition-penalty") { Description = "Above 1 makes tokens that already stand there less likely.", DefaultValueFactory = _ => _defaults.RepetitionPenalty };
        var seed = new Option<long>("--seed") { Description = "Seed of the draw.", DefaultValueFactory = _ => _defaults.Seed };
        var precision = CommonOptions.Precision();
        var device = CommonOptions.Device();
        var command = new Command("generate", "Stage 8: continues a prompt.") { model, prompt, maxTokens, temperature, topP, topK, penalty, seed, precision, device };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var options = new GenerateOptions
            {
                Prompt = parsed.GetRequiredValue(prompt),
                MaxTokens = parsed.GetValue(maxTokens),
                Temperature = parsed.GetValue(temperature),
                TopP = parsed.GetValue(topP),
                TopK = parsed.GetValue(topK),
                RepetitionPenalty = parsed.GetValue(penalty),
                Seed = parsed.GetValue(seed),
            };
            string path = parsed.GetRequiredValue(model);
            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(device));
            using var loaded = LanguageModel.Load(Recipe.NameOf(path), path, WorkingType.Of(parsed.GetValue(precision), where), where);
            Console.WriteLine(options.Prompt + new TextGenerator(loaded, options).Generate(cancellation));
            return 0;
        }, cancellation));
        return command;
    }
}

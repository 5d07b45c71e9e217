using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Evaluate.Code;
using FuseSharp.Core.Recipes;
using FuseSharp.Torch.Evaluate.Code;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Cli.Commands;

internal static class CodeCommand
{
    public static Command Create()
    {
        var defaults = new CodeOptions();
        var limits = new SandboxLimits();
        var model = new Argument<string>("model") { Description = "The model: a Hugging Face folder or a .gguf file." };
        var problems = new Option<string[]>("--problems") { Description = "Files of problems, .jsonl or .parquet, with the fields of HumanEval or MultiPL-E.", Required = true, AllowMultipleArgumentsPerToken = true };
        var samples = new Option<int>("--samples") { Description = "Programs for each problem; pass@k is given for k of 1, 10 and 100 up to it.", DefaultValueFactory = _ => defaults.Samples };
        var temperature = new Option<double>("--temperature") { Description = "Divides the logits; 0 always takes the likeliest token. Published numbers of 20 samples: 0.2.", DefaultValueFactory = _ => defaults.Generate.Temperature };
        var topP = new Option<double>("--top-p") { Description = "Draws among the likeliest tokens that together reach this probability, 0–1. Published numbers: 0.95.", DefaultValueFactory = _ => 0.95 };
        var maxTokens = new Option<int>("--max-tokens") { Description = "Most tokens of a program.", DefaultValueFactory = _ => defaults.Generate.MaxTokens };
        var seed = new Option<long>("--seed") { Description = "Seed of the draw.", DefaultValueFactory = _ => defaults.Generate.Seed };
        var limit = new Option<int>("--limit") { Description = "Most problems of a file, the first ones (default all).", DefaultValueFactory = _ => defaults.Limit };
        var seconds = new Option<double>("--seconds") { Description = "Time of a program; then it counts as failed.", DefaultValueFactory = _ => limits.Seconds };
        var output = new Option<string?>("--output") { Description = "JSON file that gets the figures and every program with its outcome." };
        var precision = CommonOptions.Precision();
        var device = CommonOptions.Device();
        var command = new Command("code", "Programming problems: the model's programs run in a sandbox (bubblewrap, Linux) without network, files or other processes.")
        {
            model, problems, samples, temperature, topP, maxTokens, seed, limit, seconds, output, precision, device,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = new CodeOptions
            {
                Samples = parsed.GetValue(samples),
                Generate = new GenerateOptions { Temperature = parsed.GetValue(temperature), TopP = parsed.GetValue(topP), MaxTokens = parsed.GetValue(maxTokens), Seed = parsed.GetValue(seed) },
                Limit = parsed.GetValue(limit),
            };
            options.Generate.Check();
            var allowed = limits with { Seconds = parsed.GetValue(seconds) };
            if (options.Samples < 1 || options.Limit < 1 || allowed.Seconds is not (> 0 and < 3600))
            {
                throw new RecipeException("--samples and --limit are at least 1, --seconds is above 0 and below 3600. Correct the options.");
            }

            var sandbox = await Sandbox.OpenAsync(allowed, cancellation);
            string path = parsed.GetRequiredValue(model);
            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(device));
            using var loaded = LanguageModel.Load(Recipe.NameOf(path), path, WorkingType.Of(parsed.GetValue(precision), where), where);
            var report = await Task.Run(() => ProgressDisplay.Run(progress => new CodeStage(sandbox, options, progress)
                .RunAsync(loaded, parsed.GetRequiredValue(problems), parsed.GetValue(output), cancellation).GetAwaiter().GetResult()), cancellation);
            foreach (string line in report.Lines())
            {
                Console.WriteLine(line);
            }

            return 0;
        });
        return command;
    }
}

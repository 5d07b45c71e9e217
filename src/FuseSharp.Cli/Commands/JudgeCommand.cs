using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Evaluate.Judge;
using FuseSharp.Core.Recipes;
using FuseSharp.Torch.Evaluate.Judge;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Cli.Commands;

internal static class JudgeCommand
{
    private const string KeyVariable = "OPENAI_API_KEY";

    private static readonly Argument<string> _model = new("model") { Description = "The model: a Hugging Face folder or a .gguf file." };
    private static readonly Option<string?> _baseline = new("--baseline") { Description = "A model whose answers are compared with its own, in both orders: a win counts only where both say so." };
    private static readonly Option<string> _data = new("--data") { Description = "Folder with question.jsonl, judge_prompts.jsonl and, for mathematics and code, reference_answer*.jsonl of Vicuna Bench.", Required = true };
    private static readonly Option<string> _output = CommonOptions.Output("answers and judgements");
    private static readonly Option<Uri?> _endpoint = new("--endpoint") { Description = $"Endpoint of OpenAI's protocol, such as https://api.openai.com/v1; its key is read from the environment's {KeyVariable}. Without one, answers are written and nothing is judged." };
    private static readonly Option<string> _judge = new("--judge") { Description = "Name of the judge at the endpoint.", DefaultValueFactory = _ => "gpt-4" };
    private static readonly Option<int> _concurrency = new("--concurrency") { Description = "Most questions that the judge is asked at a time.", DefaultValueFactory = _ => 4 };
    private static readonly Option<int> _maxTokens = new("--max-tokens") { Description = "Most tokens of an answer.", DefaultValueFactory = _ => 1024 };
    private static readonly Option<double> _temperature = new("--temperature") { Description = "Of the answers; 0 always takes the likeliest token.", DefaultValueFactory = _ => 0 };
    private static readonly Option<Precision> _precision = CommonOptions.Precision();
    private static readonly Option<string> _device = CommonOptions.Device();

    public static Command Create()
    {
        var command = new Command("judge", "Vicuna Bench: another model grades a model's answers. A killed run goes on where it was.")
        {
            _model, _baseline, _data, _output, _endpoint, _judge, _concurrency, _maxTokens, _temperature, _precision, _device,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => ProgressDisplay.Run(progress =>
        {
            var options = new GenerateOptions { MaxTokens = parsed.GetValue(_maxTokens), Temperature = parsed.GetValue(_temperature), TopP = 1 };
            options.Check();
            if (parsed.GetValue(_concurrency) < 1 || parsed.GetValue(_endpoint) is { IsAbsoluteUri: false })
            {
                throw new RecipeException("--concurrency is at least 1, and --endpoint begins with http:// or https://. Correct the options.");
            }

            string output = parsed.GetRequiredValue(_output);
            var stage = new JudgeStage(parsed.GetRequiredValue(_data), output, options, progress);
            var answers = Answer(parsed, stage, parsed.GetRequiredValue(_model), "model", cancellation);
            var baseline = parsed.GetValue(_baseline) is { } other ? Answer(parsed, stage, other, "baseline", cancellation) : null;
            if (parsed.GetValue(_endpoint) is not { } endpoint)
            {
                progress.Say($"Answers: {output}. No --endpoint was given, so nothing was judged.");
                return 0;
            }

            using var client = new JudgeClient(endpoint, parsed.GetRequiredValue(_judge), Environment.GetEnvironmentVariable(KeyVariable), TimeSpan.FromSeconds(2));
            var judgements = stage.JudgeAsync(client, answers, baseline, parsed.GetValue(_concurrency), cancellation).GetAwaiter().GetResult();
            foreach (string line in JudgeReport.Lines(judgements))
            {
                progress.Say(line);
            }

            return 0;
        }), cancellation));
        return command;
    }

    private static IReadOnlyList<string> Answer(ParseResult parsed, JudgeStage stage, string path, string role, CancellationToken cancellation)
    {
        var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(_device));
        using var loaded = LanguageModel.Load(Recipe.NameOf(path), path, WorkingType.Of(parsed.GetValue(_precision), where), where);
        return stage.Answer(loaded, role, cancellation);
    }
}

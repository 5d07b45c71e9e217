using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Evaluation.Judge;
using FuseSharp.Options;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Cli.Commands;

internal static class JudgeCommand
{
    private static readonly JudgeOptions _defaults = new();
    private static readonly Argument<string> _answers = new("answers") { Description = "Answers to judge: what 'evaluate MODEL --tasks vicuna --samples FILE' wrote." };
    private static readonly Option<string?> _baseline = new("--baseline") { Description = "The same file of a model with whose answers they are compared, in both orders: a win counts only where both say so." };
    private static readonly Option<string> _data = new("--data") { Description = "Folder with the benchmarks' data: vicuna/question.jsonl, judge_prompts.jsonl and, for mathematics and code, reference_answer*.jsonl.", Required = true };
    private static readonly Option<string> _output = CommonOptions.Output("judgements");
    private static readonly Option<string> _endpoint = new("--endpoint") { Description = $"Endpoint of OpenAI's protocol, such as https://api.openai.com/v1; its key is read from the environment's {JudgeOptions.KeyVariable}.", Required = true };
    private static readonly Option<string> _judge = new("--judge") { Description = "Name of the judge at the endpoint.", DefaultValueFactory = _ => _defaults.Model };
    private static readonly Option<int> _concurrency = new("--concurrency") { Description = "Maximum number of questions sent to the judge at a time.", DefaultValueFactory = _ => _defaults.Concurrency };

    public static Command Create()
    {
        var command = new Command("judge", "Vicuna Bench: another model grades a model's answers. An interrupted run resumes.") { _answers, _baseline, _data, _output, _endpoint, _judge, _concurrency };
        command.SetAction((parsed, cancellation) => Task.Run(() => ProgressDisplay.Run(progress =>
        {
            var options = new JudgeOptions { Endpoint = parsed.GetRequiredValue(_endpoint), Model = parsed.GetRequiredValue(_judge), Concurrency = parsed.GetValue(_concurrency) };
            OptionRange.Check(options);
            var judgements = JudgeStage.Run(options, parsed.GetRequiredValue(_data), parsed.GetRequiredValue(_answers), parsed.GetValue(_baseline), parsed.GetRequiredValue(_output), new StageContext(progress, cancellation));
            foreach (string line in JudgeReport.Lines(judgements))
            {
                progress.Result(line);
            }

            return 0;
        }), cancellation));
        return command;
    }
}

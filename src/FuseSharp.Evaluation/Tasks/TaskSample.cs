using System.Text.Json.Serialization;
using FuseSharp.Evaluation.Code;
using FuseSharp.Evaluation.Scores;

namespace FuseSharp.Evaluation.Tasks;

/// <summary>One question, what the model said once, and what that is worth.</summary>
/// <param name="Task">Name of the task or part.</param>
/// <param name="Row">0-based number of the row in its split.</param>
/// <param name="Prompt">All that the model read.</param>
/// <param name="Choices">The choices, with their log-probabilities in nats; null in tasks without.</param>
/// <param name="Generated">What the model wrote; null in tasks without.</param>
/// <param name="Answer">What was scored: the chosen choice, or what was extracted from the generated text.</param>
/// <param name="Expected">Accepted answers.</param>
/// <param name="Scores">Figures of this sample.</param>
public sealed record TaskSample(
    string Task, int Row, string Prompt, IReadOnlyList<ChoiceLikelihood>? Choices, string? Generated, string Answer, IReadOnlyList<string> Expected, IReadOnlyDictionary<string, double> Scores)
{
    /// <summary>Name of the score from which perplexity is made: −log p of the target.</summary>
    public const string Nats = "nats";

    /// <summary>Name of the score from which pass@k is made: whether a program ended without a fault.</summary>
    public const string Passed = "passed";

    /// <summary>0-based number among the programs of one problem; 0 in other tasks.</summary>
    public int Sample { get; init; }

    /// <summary>How a program ended and the beginning of what it wrote; null in other tasks.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Output { get; init; }

    /// <summary>Scores the log-probabilities of choices; of equal ones the first is taken.</summary>
    public static TaskSample OfChoices(string task, TaskExample example, string prompt, IReadOnlyList<double> logProbabilities)
    {
        int best = IndexOfLargest(logProbabilities);
        int bestByLength = IndexOfLargest([.. logProbabilities.Select((l, i) => l / Math.Max(1, example.Choices[i].EnumerateRunes().Count()))]);
        return new TaskSample(task, example.Row.Number, prompt, [.. example.Choices.Zip(logProbabilities, (c, l) => new ChoiceLikelihood(c, l))], null,
            example.Choices[best], [example.Choices[example.Gold]], new Dictionary<string, double>
            {
                ["acc"] = best == example.Gold ? 1 : 0,
                ["acc_norm"] = bestByLength == example.Gold ? 1 : 0,
            });
    }

    /// <summary>Scores the log-probability of a target.</summary>
    public static TaskSample OfTarget(string task, TaskExample example, string prompt, TaskAnswer answer)
        => new(task, example.Row.Number, prompt, [new ChoiceLikelihood(example.Answers[0], answer.LogProbability!.Value)], null, answer.IsGreedy ? example.Answers[0] : "", example.Answers,
            new Dictionary<string, double> { ["acc"] = answer.IsGreedy ? 1 : 0, [Nats] = -answer.LogProbability.Value });

    /// <summary>Scores a program that has run.</summary>
    public static TaskSample OfProgram(string task, TaskExample example, string prompt, TaskAnswer answer, SandboxResult result)
        => new(task, example.Row.Number, prompt, null, answer.Text, answer.Text!, [], new Dictionary<string, double> { [Passed] = result.IsSuccess ? 1 : 0 })
        {
            Sample = answer.Index,
            Output = $"{result.Stopped ?? FormattableString.Invariant($"exit code {result.ExitCode}")}\n{result.Output}",
        };

    /// <summary>Scores a generated text.</summary>
    public static TaskSample OfText(string name, TaskDefinition task, TaskExample example, string prompt, string generated)
    {
        string answer = task.Extract is { } expression
            ? TaskDefinition.Pattern(expression).Matches(generated) is { Count: > 0 } matches ? matches[^1].Groups[1].Value.Trim() : ""
            : generated.Trim();
        return new TaskSample(name, example.Row.Number, prompt, null, generated, answer, example.Answers, ScoresOf(task, example, answer));
    }

    private static Dictionary<string, double> ScoresOf(TaskDefinition task, TaskExample example, string answer)
    {
        switch (task.Scoring)
        {
            case TaskScoring.Drop:
                var (exact, f1) = DropScore.Compute(answer, example.Row.DropSpans());
                return new Dictionary<string, double> { ["em"] = exact, ["f1"] = f1 };
            case TaskScoring.Number:
                return new Dictionary<string, double> { ["acc"] = NumberScore.Compute(answer, example.Answers[0], TaskTemplate.Fill(task.Unit, example.Row)) };
            case TaskScoring.Trivia:
                return new Dictionary<string, double> { ["exact_match"] = TriviaScore.Compute(answer, example.Answers) };
            case TaskScoring.Judge:
                return [];
            case TaskScoring.Translation:
                return new Dictionary<string, double> { ["bleu"] = BleuScore.Compute(answer, example.Answers).Value };
            default:
                return new Dictionary<string, double> { ["exact_match"] = example.Answers.Any(a => a.Trim() == answer) ? 1 : 0 };
        }
    }

    private static int IndexOfLargest(IReadOnlyList<double> values) => Enumerable.Range(0, values.Count).MaxBy(i => values[i]);
}

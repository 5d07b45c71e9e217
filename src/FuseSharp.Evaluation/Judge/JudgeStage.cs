using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Files;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Evaluation.Judge;

/// <summary>Has a judge grade a model's answers to Vicuna Bench and compare them with another's. Every judgement is kept at once; a killed run continues after it.</summary>
public static class JudgeStage
{
    private const string JournalFile = "judgements.jsonl";
    private const string JudgementsFile = "judgements.json";

    /// <summary>Runs the stage.</summary>
    /// <param name="options">Who judges; with an endpoint.</param>
    /// <param name="data">The folder with all benchmarks' data.</param>
    /// <param name="answers">What <see cref="TaskReport.Write"/> wrote of the model.</param>
    /// <param name="baseline">The same of the model that it is compared with, in both orders; null to grade alone.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="context">Gets judgements; its cancellation ends it; judgements that are there stay.</param>
    /// <exception cref="UsageException">The files hold no answers, or those of the two do not answer the same questions.</exception>
    public static IReadOnlyList<Judgement> Run(JudgeOptions options, string data, string answers, string? baseline, string folder, StageContext context)
    {
        var (progress, cancellation) = context;
        var (asked, model, compared) = Asked(data, answers, baseline);
        string questions = JudgeQuestion.FolderOf(data);
        var key = KeyOf(options, asked, model, compared) with { Paths = [answers, questions, .. baseline is null ? Array.Empty<string>() : [baseline]] };
        StageDirectory.Make(folder, key, progress, partial =>
        {
            using var client = new JudgeClient(new Uri(options.Endpoint!), options.Model, Environment.GetEnvironmentVariable(JudgeOptions.KeyVariable), TimeSpan.FromSeconds(2), progress.Say);
            using var journal = new JsonJournal<Judgement>(Path.Combine(partial, JournalFile), key.Hash, ArtifactJson.Line);
            var judgements = journal.Keep("judgements",
                () => new JudgeRounds(client, JudgePrompt.Read(questions), options.Concurrency).RunAsync(asked, model, compared, journal, progress, cancellation).GetAwaiter().GetResult(), cancellation);
            Durable.WriteText(Path.Combine(partial, JudgementsFile), JsonSerializer.Serialize(judgements, ArtifactJson.Options) + "\n");
            journal.Remove();
            return new Dictionary<string, double> { ["judgements"] = judgements.Count };
        });
        return Read(folder);
    }

    /// <summary>What decides the judgements; reads questions and answers.</summary>
    /// <param name="options">Who judges.</param>
    /// <param name="data">The folder with all benchmarks' data.</param>
    /// <param name="answers">As for <see cref="Run"/>.</param>
    /// <param name="baseline">As for <see cref="Run"/>.</param>
    public static StageKey KeyOf(JudgeOptions options, string data, string answers, string? baseline)
    {
        var (asked, model, compared) = Asked(data, answers, baseline);
        return KeyOf(options, asked, model, compared);
    }

    private static StageKey KeyOf(JudgeOptions options, JudgeQuestion[] asked, string[] model, string[]? compared)
        => StageKey.Create("judge", 1, new { options.Model }, ("answers", Fingerprint(model)), ("baseline", Fingerprint(compared)), ("questions", Fingerprint(asked)));

    private static (JudgeQuestion[] Asked, string[] Answers, string[]? Compared) Asked(string data, string answers, string? baseline)
    {
        string questions = JudgeQuestion.FolderOf(data);
        var all = JudgeQuestion.Read(questions);
        var own = AnswersIn(answers);
        var other = baseline is null ? null : AnswersIn(baseline);
        int[] rows = [.. own.Keys.Order()];
        if (rows[^1] >= all.Count || (other is not null && !rows.All(other.ContainsKey)))
        {
            throw new UsageException($"'{(rows[^1] >= all.Count ? answers : baseline)}' does not answer the questions that are in '{questions}' and '{answers}'. Let both models answer the same ones.");
        }

        return ([.. rows.Select(r => all[r])], [.. rows.Select(r => own[r])], other is null ? null : [.. rows.Select(r => other[r])]);
    }

    /// <summary>Reads a finished output.</summary>
    /// <param name="folder">The stage's folder.</param>
    public static IReadOnlyList<Judgement> Read(string folder)
        => ArtifactJson.Read<Judgement[]>(Path.Combine(folder, JudgementsFile));

    // By the row of the question.
    private static Dictionary<int, string> AnswersIn(string file)
        => TaskReport.ReadSamples(file).Where(s => s.Task == JudgeQuestion.Task).ToDictionary(s => s.Row, s => s.Answer) is { Count: > 0 } answers ? answers
            : throw new UsageException($"'{file}' holds no answers to Vicuna Bench. Ask a model the benchmark '{JudgeQuestion.Task}', keep its answers in a file, and name that.");

    private static string Fingerprint(object? value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(value, ArtifactJson.Line))));
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Chat;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Evaluate.Judge;
using FuseSharp.Core.Progress;
using FuseSharp.Core.Recipes;
using FuseSharp.Torch.Generate;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Torch.Evaluate.Judge;

/// <summary>Lets models answer Vicuna Bench, and a judge grade and compare the answers.</summary>
/// <remarks>Everything lies in one folder: <c>answers-NAME.jsonl</c> of each model and <c>judgements.jsonl</c>. A killed run goes on where it was.</remarks>
/// <param name="data">Folder with the benchmark's published files.</param>
/// <param name="output">The folder; made where it is missing.</param>
/// <param name="options">How answers are drawn.</param>
/// <param name="progress">Gets answers and judgements.</param>
public sealed class JudgeStage(string data, string output, GenerateOptions options, IProgressReporter progress)
{
    private const int BatchSize = 16;

    /// <summary>The questions.</summary>
    public IReadOnlyList<JudgeQuestion> Questions { get; } = JudgeQuestion.Read(data);

    /// <summary>Answers all questions, or reads the answers that are there.</summary>
    /// <param name="model">Only read.</param>
    /// <param name="role">What its file is called: <c>model</c> or <c>baseline</c>.</param>
    /// <param name="cancellation">Ends it between two tokens.</param>
    /// <exception cref="RecipeException">The folder holds answers of another model or with other settings.</exception>
    public IReadOnlyList<string> Answer(LanguageModel model, string role, CancellationToken cancellation)
    {
        Directory.CreateDirectory(output);
        var template = ChatTemplate.Find(model.Path);
        string settings = JsonSerializer.Serialize(new { model = LanguageModel.Fingerprint(model.Path), template = template?.Source, options, questions = Questions }, ArtifactJson.Options);
        string settingsFile = Path.Combine(output, $"settings-{role}.json");
        if (File.Exists(settingsFile) && File.ReadAllText(settingsFile) != settings)
        {
            throw new RecipeException($"'{output}' holds answers of another {role}, to other questions or with other settings. Name another --output.");
        }

        Durable.WriteText(settingsFile, settings);
        string answers = Path.Combine(output, $"answers-{role}.jsonl");
        if (!File.Exists(answers))
        {
            string prompts = Path.Combine(output, $"prompts-{role}.jsonl");
            Durable.WriteText(prompts, string.Concat(Questions.Select(q => RowOf(q, template is not null) + "\n")));
            new GenerateStage(model, options, template, BatchSize).Run(prompts, answers, progress, cancellation);
        }

        return [.. File.ReadLines(answers, Encoding.UTF8).Select(l => JsonSerializer.Deserialize<JsonElement>(l).GetProperty("text").GetString()!.Trim())];
    }

    /// <summary>Has the answers judged.</summary>
    /// <param name="client">The judge.</param>
    /// <param name="answers">Of the model.</param>
    /// <param name="baseline">Of the baseline, with which they are compared in both orders; null for none.</param>
    /// <param name="concurrency">Most questions that are asked at a time.</param>
    /// <param name="cancellation">Ends it; judgements that are there stay.</param>
    public async Task<IReadOnlyList<Judgement>> JudgeAsync(JudgeClient client, IReadOnlyList<string> answers, IReadOnlyList<string>? baseline, int concurrency, CancellationToken cancellation)
        => await new JudgeRounds(client, JudgePrompt.Read(data), concurrency).RunAsync(Questions, answers, baseline, Path.Combine(output, "judgements.jsonl"), progress, cancellation);

    // Without a template of its own a model is asked as the published ones without were.
    private static string RowOf(JudgeQuestion question, bool hasTemplate)
        => new JsonObject { ["prompt"] = hasTemplate ? question.Text : $"USER: {question.Text} ASSISTANT:" }.ToJsonString();
}

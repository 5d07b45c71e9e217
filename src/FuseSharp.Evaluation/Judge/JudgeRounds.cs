using System.Collections.Concurrent;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;


namespace FuseSharp.Evaluation.Judge;

/// <summary>Asks the judge about all answers; the same call goes on from what it has said.</summary>
/// <param name="client">The judge.</param>
/// <param name="prompts">From <see cref="JudgePrompt.Read"/>.</param>
/// <param name="concurrency">Most questions that are asked at a time.</param>
public sealed class JudgeRounds(JudgeClient client, IReadOnlyDictionary<string, JudgePrompt> prompts, int concurrency)
{
    /// <summary>Asks what is not in the journal yet.</summary>
    /// <param name="questions">All questions.</param>
    /// <param name="answers">The model's, in the same order.</param>
    /// <param name="baseline">Those that it is compared with; null to grade alone.</param>
    /// <param name="journal">Gets every judgement at once.</param>
    /// <param name="progress">Gets judgements.</param>
    /// <param name="cancellation">Ends it; judgements that are there stay.</param>
    /// <returns>By question, then by kind.</returns>
    public async Task<IReadOnlyList<Judgement>> RunAsync(
        IReadOnlyList<JudgeQuestion> questions, IReadOnlyList<string> answers, IReadOnlyList<string>? baseline, JsonJournal<Judgement> journal, IProgressReporter progress, CancellationToken cancellation)
    {
        var done = new ConcurrentDictionary<(int, string), Judgement>(journal.Known.Select(j => KeyValuePair.Create((j.Question, j.Kind), j)));
        string[] kinds = baseline is null ? ["single"] : ["single", "pair", "swapped"];
        var open = Enumerable.Range(0, questions.Count).SelectMany(i => kinds.Select(k => (Index: i, Kind: k))).Where(w => !done.ContainsKey((questions[w.Index].Id, w.Kind))).ToList();
        using var bar = progress.Start("judge", open.Count + done.Count, "judgements");
        bar.Skip(done.Count);
        await Parallel.ForEachAsync(open, new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = cancellation }, async (work, stop) =>
        {
            var judgement = await AskAsync(questions[work.Index], work.Kind, answers[work.Index], baseline?[work.Index] ?? "", stop);
            journal.Add(judgement);
            done[(judgement.Question, judgement.Kind)] = judgement;
            lock (bar)
            {
                bar.Advance(1);
            }
        });
        bar.Complete();
        return [.. done.Values.OrderBy(j => j.Question).ThenBy(j => j.Kind, StringComparer.Ordinal)];
    }

    private async Task<Judgement> AskAsync(JudgeQuestion question, string kind, string answer, string other, CancellationToken cancellation)
    {
        bool isSingle = kind == "single";
        bool isSwapped = kind == "swapped";
        var prompt = prompts[(isSingle, question.Reference is not null) switch
        {
            (true, false) => JudgePrompt.Single,
            (true, true) => JudgePrompt.SingleWithReference,
            (false, false) => JudgePrompt.Pair,
            _ => JudgePrompt.PairWithReference,
        }];
        string text = await client.AskAsync(prompt.System, prompt.Fill(new Dictionary<string, string>
        {
            ["question"] = question.Text,
            ["answer"] = answer,
            ["answer_a"] = isSwapped ? other : answer,
            ["answer_b"] = isSwapped ? answer : other,
            ["ref_answer_1"] = question.Reference ?? "",
        }), cancellation);
        double? value = isSingle ? Verdict.GradeOf(text) : Verdict.PairOf(text) is { } winner ? (isSwapped ? -winner : winner) : null;
        return new Judgement(question.Id, question.Category, kind, value, text);
    }
}

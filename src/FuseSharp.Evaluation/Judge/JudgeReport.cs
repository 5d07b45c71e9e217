using System.Globalization;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Statistics;

namespace FuseSharp.Evaluation.Judge;

/// <summary>Sums judgements up: mean grade, and wins, ties and losses against a baseline, in all and by category.</summary>
public static class JudgeReport
{
    /// <summary>Lines for a person.</summary>
    /// <param name="judgements">All of them; those without a value are counted apart.</param>
    public static IEnumerable<string> Lines(IReadOnlyList<Judgement> judgements)
    {
        foreach (var (name, part) in judgements.GroupBy(j => j.Category).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, g.ToList())).Append(("all", [.. judgements])))
        {
            yield return LineOf(name, part);
        }

        if (judgements.Count(j => j.Value is null) is > 0 and int silent)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{silent} judgements held no verdict and were left out.");
        }
    }

    /// <summary>The mean grade, 1–10; null where nothing was graded.</summary>
    public static TaskFigure? Grade(IReadOnlyList<Judgement> judgements)
        => judgements.Where(j => j.Kind == "single").Select(j => j.Value).OfType<double>().ToArray() is { Length: > 0 } grades ? TaskFigure.MeanOf("grade", grades) : null;

    /// <summary>How often the model won, tied and lost against the baseline; null where nothing was compared. A win counts only in both orders.</summary>
    public static (int Won, int Tied, int Lost)? Outcomes(IReadOnlyList<Judgement> judgements)
    {
        var pairs = judgements.Where(j => j.Kind != "single" && j.Value is not null).GroupBy(j => j.Question).Where(g => g.Count() == 2).Select(g => Verdict.OutcomeOf((int)g.First().Value!, (int)g.Last().Value!)).ToList();
        return pairs.Count == 0 ? null : (pairs.Count(p => p > 0), pairs.Count(p => p == 0), pairs.Count(p => p < 0));
    }

    private static string LineOf(string name, List<Judgement> judgements)
    {
        var parts = new List<string>();
        if (Grade(judgements) is { } grade)
        {
            parts.Add($"grade {new Estimate(grade.Value, grade.StandardError).Show(2)} of 10");
        }

        if (Outcomes(judgements) is { } pairs)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{pairs.Won} won, {pairs.Tied} tied, {pairs.Lost} lost"));
        }

        return $"{name}: {(parts.Count > 0 ? string.Join("; ", parts) : "no verdicts")}";
    }
}

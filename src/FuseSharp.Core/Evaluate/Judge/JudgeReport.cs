using System.Globalization;

namespace FuseSharp.Core.Evaluate.Judge;

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

    private static string LineOf(string name, List<Judgement> judgements)
    {
        var parts = new List<string>();
        double[] grades = [.. judgements.Where(j => j.Kind == "single").Select(j => j.Value).OfType<double>()];
        if (grades.Length > 0)
        {
            var mean = TaskFigure.MeanOf("grade", grades);
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"grade {mean.Value:F2} ± {mean.StandardError:F2} of 10"));
        }

        var pairs = judgements.Where(j => j.Kind != "single" && j.Value is not null).GroupBy(j => j.Question).Where(g => g.Count() == 2).Select(g => Verdict.OutcomeOf((int)g.First().Value!, (int)g.Last().Value!)).ToList();
        if (pairs.Count > 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{pairs.Count(p => p > 0)} won, {pairs.Count(p => p == 0)} tied, {pairs.Count(p => p < 0)} lost"));
        }

        return $"{name}: {(parts.Count > 0 ? string.Join("; ", parts) : "no verdicts")}";
    }
}

using System.Globalization;
using FuseSharp.Core.Evaluate;
using FuseSharp.Core.Evaluate.Code;

namespace FuseSharp.Torch.Evaluate.Code;

/// <summary>What a model reached in programming problems.</summary>
/// <param name="Figures">pass@k of each language, with standard errors over problems.</param>
/// <param name="Skipped">Problems by language that cannot run here; they count neither as right nor as wrong.</param>
/// <param name="Samples">All programs.</param>
public sealed record CodeReport(IReadOnlyDictionary<string, IReadOnlyList<TaskFigure>> Figures, IReadOnlyDictionary<string, int> Skipped, IReadOnlyList<CodeSample> Samples)
{
    private static readonly int[] _ks = [1, 10, 100];

    /// <summary>Counts which programs passed.</summary>
    internal static CodeReport Of(IReadOnlyList<CodeSample> samples, IReadOnlyDictionary<string, int> skipped, int perProblem)
        => new(samples.GroupBy(s => s.Language).ToDictionary(g => g.Key, g => (IReadOnlyList<TaskFigure>)[.. _ks.Where(k => k <= perProblem).Select(k =>
            TaskFigure.MeanOf(string.Create(CultureInfo.InvariantCulture, $"pass@{k}"), [.. g.GroupBy(s => s.Problem).Select(p => PassAtK.Of(perProblem, p.Count(s => s.Passed), k))]))]), skipped, samples);

    /// <summary>A line for each language: <c>py: pass@1 0.1234 ± 0.0123 (164 problems)</c>.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var (language, figures) in Figures)
        {
            int problems = Samples.Where(s => s.Language == language).Select(s => s.Problem).Distinct().Count();
            yield return string.Create(CultureInfo.InvariantCulture, $"{language}: {string.Join(", ", figures.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name} {f.Value:F4} ± {f.StandardError:F4}")))} ({problems:N0} problems)");
        }

        foreach (var (language, count) in Skipped)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{language}: {count:N0} problems skipped, {(CodeLanguage.Find(language) is { } known ? $"'{known.Program}' is not in /usr/bin" : "the language is not known")}");
        }
    }
}

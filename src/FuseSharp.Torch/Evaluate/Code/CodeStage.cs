using System.Text.Json;
using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Evaluate.Code;
using FuseSharp.Core.Progress;
using FuseSharp.Torch.Generate;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Torch.Evaluate.Code;

/// <summary>Lets a model solve programming problems (HumanEval, MultiPL-E) and runs its programs in a sandbox.</summary>
/// <param name="sandbox">Runs the programs; opened before a model works for hours.</param>
/// <param name="options">How.</param>
/// <param name="progress">Gets programs.</param>
public sealed class CodeStage(Sandbox sandbox, CodeOptions options, IProgressReporter progress)
{
    /// <summary>Runs all problems of some files.</summary>
    /// <param name="model">Only read.</param>
    /// <param name="files">.jsonl or .parquet with the fields of HumanEval or MultiPL-E.</param>
    /// <param name="output">JSON file that gets the figures and every program; null for none.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<CodeReport> RunAsync(LanguageModel model, IReadOnlyList<string> files, string? output, CancellationToken cancellation)
    {
        var problems = files.SelectMany(f => CodeProblem.Read(f, options.Limit)).ToList();
        var (runnable, _) = Parted(problems);
        var written = Write(model, runnable, cancellation);
        var report = await RunAsync(problems, (problem, sample) => written[(problem, sample)], cancellation);
        if (output is not null)
        {
            Durable.WriteText(output, JsonSerializer.Serialize(report, ArtifactJson.Options) + "\n");
        }

        return report;
    }

    /// <summary>Runs programs that are there already.</summary>
    /// <param name="problems">The problems.</param>
    /// <param name="completion">What was written for a problem and the 0-based number of a sample.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<CodeReport> RunAsync(IReadOnlyList<CodeProblem> problems, Func<CodeProblem, int, string> completion, CancellationToken cancellation)
    {
        var (runnable, skipped) = Parted(problems);
        var work = runnable.SelectMany(p => Enumerable.Range(0, options.Samples).Select(i => (Problem: p, Sample: i))).ToList();
        var samples = new CodeSample[work.Count];
        using var bar = progress.Start("run programs", work.Count, "programs");
        await Parallel.ForEachAsync(Enumerable.Range(0, work.Count), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation }, async (i, stop) =>
        {
            var (problem, sample) = work[i];
            var language = CodeLanguage.Find(problem.Language)!;
            string text = completion(problem, sample);
            var result = await sandbox.RunAsync(new Dictionary<string, string> { [language.File] = problem.ProgramOf(text) }, language.Script, stop);
            samples[i] = new CodeSample(problem.Name, problem.Language, sample, text, result.IsSuccess, result.ExitCode, result.Output);
            lock (bar)
            {
                bar.Advance(1);
            }
        });
        return CodeReport.Of(samples, skipped, options.Samples);
    }

    private static (List<CodeProblem> Runnable, Dictionary<string, int> Skipped) Parted(IReadOnlyList<CodeProblem> problems)
    {
        bool CanRun(CodeProblem problem) => CodeLanguage.Find(problem.Language) is { IsHere: true };
        return ([.. problems.Where(CanRun)], problems.Where(p => !CanRun(p)).GroupBy(p => p.Language).ToDictionary(g => g.Key, g => g.Count()));
    }

    private Dictionary<(CodeProblem, int), string> Write(LanguageModel model, List<CodeProblem> problems, CancellationToken cancellation)
    {
        var written = new Dictionary<(CodeProblem, int), string>();
        using var bar = progress.Start("write programs", problems.Count * options.Samples, "programs");
        foreach (var group in problems.Select((p, i) => (Problem: p, Index: i)).GroupBy(p => string.Join('\0', p.Problem.Stops)))
        {
            var own = group.ToList();
            var generator = new TextGenerator(model, options.Generate with { Stop = [.. own[0].Problem.Stops] });
            var prompts = own.SelectMany(p => Enumerable.Range(0, options.Samples).Select(s => ((p.Index * options.Samples) + s, model.PromptIds(p.Problem.Prompt))));
            generator.Generate(prompts, options.BatchSize, (place, done) =>
            {
                written[(problems[place / options.Samples], place % options.Samples)] = done.Text;
                bar.Advance(1);
            }, cancellation);
        }

        return written;
    }
}

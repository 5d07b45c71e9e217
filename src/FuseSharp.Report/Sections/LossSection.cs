using System.Text.Json;
using FuseSharp.Files;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Train;
using FuseSharp.Pipeline.Train.Rates;
using FuseSharp.Report.Charts;
using FuseSharp.Report.Content;
using FuseSharp.Statistics;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Report.Sections;

/// <summary>The course of the trainings.</summary>
internal static class LossSection
{
    private const int LateShare = 10;

    /// <summary>Reads it; of several seeds the first.</summary>
    public static ReportSection Create(RunArtifacts run)
    {
        var trainings = run.Compared.All.SelectMany(c => c.Runs[0].Trainings.Select(t => new Course(
            t.Training == c.Runs[0].Training ? c.Name : ModelName.FromPath(t.Model!), c.Role == ModelRole.Fused, Read(Path.Combine(t.Model!, TrainLog.FileName)))
        {
            Kept = RunArtifacts.Found(() => KeptState.Read(t.Model!)),
        })).ToList();
        var logged = trainings.Where(t => t.Steps.Count > 0).ToList();
        var section = new ReportSection("losses", "How training went")
        {
            Missing = [.. trainings.Except(logged).Select(t => $"{t.Name}: no training log. Run the recipe to its end."),
                .. run.Recipe.Train.EvaluateEvery is 0 ? ["No evaluations between steps: 'train.evaluate_every' is 0."] : Array.Empty<string>()],
        };
        return logged.Count == 0 ? section with { Tables = RateTables(run) } : section with
        {
            Paragraphs = ["Nats per token, as the training saw them. The language-model parts are weighted by λ where there is a fusion target, so that they are lower there than without fusion; held-out figures are those above."],
            Charts = [.. Charts(logged)],
            Tables = [.. RateTables(run), new ReportTable($"Losses, means of the first and the last {LateShare} % of the steps", ["training", "steps", "tokens", "loss, first", "loss, last", "language-model part, last", "fusion part, last", "tokens per second", "kept: after step"],
                [.. logged.Select(t => t.Row())])],
        };
    }

    // Of the methods whose rate the recipe leaves to the program: what the choice was made by.
    private static ReportTable[] RateTables(RunArtifacts run)
    {
        var chosen = run.Compared.All.SelectMany(c => c.Runs[0].Trainings).Where(t => t.Training!.LearningRate is null).Select(t => t.Method!).Distinct()
            .Select(m => (Method: m, Choice: RunArtifacts.Found(() => RateStage.Read(run.Folder.Rate(m))))).Where(c => c.Choice is not null).ToList();
        return chosen.Count == 0 ? [] :
        [
            new ReportTable("Learning rates, chosen by short trainings: bits per byte on the validation texts", ["method", "learning rate", "steps", "bits per byte", "chosen"],
                [.. chosen.SelectMany(c => RateRows(c.Method, c.Choice!))]),
        ];
    }

    private static IEnumerable<ReportRow> RateRows(string method, RateChoice choice)
        => choice.Untouched is not { } untouched ? [new ReportRow([method, RateChoice.Show(choice.LearningRate), Shown.Nothing, Shown.Nothing, "yes: no validation texts"])]
            : [new ReportRow([method, "the untouched target", "0", Estimate.Number(untouched), Shown.Nothing]),
                .. choice.Trials.Select((t, i) => new ReportRow([method, RateChoice.Show(t.LearningRate), Shown.Count(t.Steps), t.BitsPerByte is { } bits ? Estimate.Number(bits) : "diverged", i == choice.Trials.Count - 1 ? "yes" : Shown.Nothing],
                    IsMain: i == choice.Trials.Count - 1))];

    private static IEnumerable<ReportChart> Charts(List<Course> trainings)
    {
        int number = 0;
        foreach (var training in trainings)
        {
            bool isFused = training.Steps.Any(s => s.Fusion != 0);
            List<(string, IReadOnlyList<(double, double)>)> lines = [(isFused ? "total" : "language model", training.Line(s => s.Loss))];
            if (isFused)
            {
                lines.Add(("language-model part", training.Line(s => s.LanguageModel)));
                lines.Add(("fusion part", training.Line(s => s.Fusion)));
            }

            yield return LineChart.Draw($"{training.Name}: loss by step, nats per token", training.Description(), FormattableString.Invariant($"loss{number++}"), lines);
        }

        var validated = trainings.Where(t => t.Steps.Any(s => s.BitsPerByte is not null)).ToList();
        if (validated.Count > 0)
        {
            yield return LineChart.Draw("Bits per byte on the validation texts", "Bits per byte between steps, by training.", "validation",
                [.. validated.Select(t => (t.Name, (IReadOnlyList<(double, double)>)[.. t.Kept is null ? [] : new[] { (0.0, t.Kept.Untouched) }, .. t.Steps.Where(s => s.BitsPerByte is not null).Select(s => ((double)s.Step, s.BitsPerByte!.Value))]))]);
        }
    }

    // A line that a crash cut short ends the course.
    private static List<TrainStep> Read(string path)
    {
        var steps = new List<TrainStep>();
        try
        {
            foreach (string line in File.Exists(path) ? File.ReadLines(path) : [])
            {
                steps.Add(JsonSerializer.Deserialize<TrainStep>(line, ArtifactJson.Line)!);
            }
        }
        catch (JsonException)
        {
            return steps;
        }

        return steps;
    }

    private sealed record Course(string Name, bool IsFused, List<TrainStep> Steps)
    {
        public KeptState? Kept { get; init; }

        private int Late => Math.Max(1, Steps.Count / LateShare);

        private IEnumerable<TrainStep> Last => Steps.TakeLast(Late);

        public IReadOnlyList<(double Step, double Value)> Line(Func<TrainStep, double> value) => [.. Steps.Select(s => ((double)s.Step, value(s)))];

        public string Description() => $"{Name}: from {Estimate.Number(Steps.Take(Late).Average(s => s.Loss))} to {Estimate.Number(Last.Average(s => s.Loss))} nats per token in {Shown.Count(Steps.Count)} steps.";

        public ReportRow Row()
        {
            string Mean(IEnumerable<TrainStep> steps, Func<TrainStep, double> value) => Estimate.Number(steps.Average(value));
            return new ReportRow(
            [
                Name, Shown.Count(Steps.Count), Shown.Count(Steps.Sum(s => s.Tokens)), Mean(Steps.Take(Late), s => s.Loss), Mean(Last, s => s.Loss), Mean(Last, s => s.LanguageModel),
                Steps.All(s => s.Fusion == 0) ? Shown.Nothing : Mean(Last, s => s.Fusion), Shown.Count(Last.Average(s => s.TokensPerSecond)),
                Kept is null ? Shown.Count(Steps.Count) : Kept.IsUntouched ? "0 (the untouched target)" : Shown.Count(Kept.Step),
            ], IsFused);
        }
    }
}

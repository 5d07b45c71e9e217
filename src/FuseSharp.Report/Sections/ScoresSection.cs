using System.Globalization;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Report.Charts;
using FuseSharp.Report.Content;
using FuseSharp.Statistics;

namespace FuseSharp.Report.Sections;

/// <summary>Bits per byte of all models: whether fusion helped.</summary>
internal static class ScoresSection
{
    /// <summary>Reads it.</summary>
    public static ReportSection Create(RunArtifacts run)
    {
        var section = new ReportSection("results", "Bits per byte on the test texts");
        Row[] rows = [.. Rows(run)];
        if (rows.Length == 0)
        {
            return section with { Missing = ["No model has been evaluated yet. Run the recipe to its end."] };
        }

        string[] domains = [.. run.Recipe.Texts.Keys];
        string[] missing =
        [
            .. run.Compared.All.Where(c => !rows.Any(r => r.ComparedModel == c)).Select(c => $"{c.Name}: not evaluated yet. Run the recipe to its end."),
            .. run.Compared.Skipped.Select(n => $"{n.Name}: skipped, because {n.Why}."),
        ];
        var reference = Reference(rows);
        return section with
        {
            Paragraphs =
            [
                "How many bits a model needs for a byte of text; lower is better, and models with different tokenizers can be compared. ± is one standard error over the documents (ratio of sums, linearized)"
                    + (rows.Any(r => r.Seeds > 1) ? "; trainings are means over their seeds, and 'seeds' gives the standard error of the mean over them." : "."),
                .. reference is null ? Array.Empty<string>() : [$"The column 'against {reference.ComparedModel.Name}' is the difference from it, document by document: what makes a document hard for both does not blur it. − is better."],
                .. new ComparisonTable(domains, [.. rows.Select(r => r.Scores)]).MarkNote is { } note ? [note] : Array.Empty<string>(),
            ],
            Charts = [Chart(rows, domains, reference)],
            Tables = [Table(rows, domains, reference)],
            Missing = missing,
        };
    }

    /// <summary>Whether fusion helped; null where there is no fused model.</summary>
    public static string? Verdict(RunArtifacts run)
        => FusionVerdict.Create([.. Rows(run).Select(r => r.Scores)], [.. run.Recipe.Texts.Keys], VerdictEvidence.Read(run.Folder, run.Compared.Result))?.Sentence;

    /// <summary>The figures for the top of the page.</summary>
    public static IReadOnlyList<ReportFigure> Headline(RunArtifacts run)
    {
        Row[] rows = [.. Rows(run)];
        if (rows.FirstOrDefault(r => r.ComparedModel.Role == ModelRole.Fused) is not { } fused)
        {
            return [];
        }

        string[] domains = [.. run.Recipe.Texts.Keys];
        double bits = fused.Mean(domains).Mean;
        var figures = new List<ReportFigure> { new(bits.ToString("F4", CultureInfo.InvariantCulture), $"bits per byte of the fused model, mean of {domains.Count(fused.Domains.ContainsKey)} domains") };
        if (rows.FirstOrDefault(r => r.ComparedModel.Role == ModelRole.Target) is { } target)
        {
            figures.Add(new(Change(bits, target.Mean(domains).Mean), "bits per byte against the untouched target"));
        }

        if (rows.FirstOrDefault(r => r.ComparedModel.Role == ModelRole.Clm) is { } clm)
        {
            var (below, error) = fused.Scores.Below(clm.Scores, domains);
            figures.Add(new(Shown.Difference(-below, error), "bits per byte against training without fusion (CLM), ± one standard error"));
        }

        if (rows.Where(r => r.ComparedModel.Role is ModelRole.Target or ModelRole.Source).MinBy(r => r.Mean(domains).Mean) is { } best)
        {
            figures.Add(new(Change(bits, best.Mean(domains).Mean), $"bits per byte against the best single model, {best.ComparedModel.Name}"));
        }

        return figures;
    }

    private static string Change(double to, double from) => string.Create(CultureInfo.InvariantCulture, $"{(to < from ? "−" : "+")}{100 * Math.Abs((to / from) - 1):F1} %");

    private static Row? Reference(Row[] rows)
        => rows.Length < 2 ? null : rows.FirstOrDefault(r => r.ComparedModel.Role == ModelRole.Clm) ?? rows.FirstOrDefault(r => r.ComparedModel.Role == ModelRole.Target);

    private static IEnumerable<Row> Rows(RunArtifacts run)
        => run.Scored().Select(s => new Row(s.ComparedModel, new ComparisonRow(s.ComparedModel.Name, s.Seeds) { Role = s.ComparedModel.Role }));

    private static (double Value, double Error) Difference(Row row, Row reference, string[] domains)
        => row.Scores.Below(reference.Scores, domains) is var below ? (-below.Mean, below.StandardError) : default;

    // Differences where there is something to differ from: how hard the texts are would hide them.
    private static ReportChart Chart(Row[] rows, string[] domains, Row? reference)
    {
        (double Value, double Error) Figure(Row row)
            => reference is null ? (row.Mean(domains).Mean, row.Mean(domains).StandardError) : row == reference ? (0, 0) : Difference(row, reference, domains);
        string title = reference is null ? "Bits per byte, mean of the domains, ± 2 standard errors" : $"Difference from {reference.ComparedModel.Name} in bits per byte, mean of the domains, ± 2 standard errors";
        string words = string.Join("; ", rows.Select(r => $"{r.ComparedModel.Name} {(reference is null ? Shown.WithError(Figure(r).Value, Figure(r).Error) : Shown.Difference(Figure(r).Value, Figure(r).Error))}"));
        return DotChart.Draw(title, $"Lower is better: {words}.", "scores", "bits per byte (lower is better)", hasZero: reference is not null,
            [.. rows.Select(r => (r.ComparedModel.Name, Figure(r).Value, Figure(r).Error, r.ComparedModel.Role == ModelRole.Fused))]);
    }

    private static ReportTable Table(Row[] rows, string[] domains, Row? reference)
    {
        bool hasSeeds = rows.Any(r => r.Seeds > 1);
        string[] columns = ["model", new ComparisonTable(domains, [.. rows.Select(r => r.Scores)]).MeanName, .. reference is null ? Array.Empty<string>() : [$"against {reference.ComparedModel.Name}"], .. domains, .. hasSeeds ? ["seeds"] : Array.Empty<string>()];
        int before = columns.Length - 1 - domains.Length - (hasSeeds ? 1 : 0); // of the domains, after the name
        double[] lowest = [.. domains.Select(d => rows.Select(r => r.Domains.TryGetValue(d, out var result) ? result.BitsPerByte : double.NaN).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Min())];
        double lowestMean = rows.Min(r => r.Mean(domains).Mean);
        return new ReportTable("Bits per byte by model and domain", columns, [.. rows.Select(r => new ReportRow(
        [
            r.ComparedModel.Name,
            r.Mean(domains).Show() + Mark(r, rows, s => s.Mean(domains)),
            .. reference is null ? Array.Empty<string>() : [r == reference ? Shown.Nothing : Shown.Difference(Difference(r, reference, domains).Value, Difference(r, reference, domains).Error)],
            .. domains.Select(d => r.Domains.TryGetValue(d, out var result) ? result.Estimate.Show() + Mark(r, rows, s => s.Of(d)) : Shown.Nothing),
            .. hasSeeds ? [r.Seeds < 2 ? Shown.Nothing : string.Create(CultureInfo.InvariantCulture, $"{r.Seeds}, ± {Estimate.Number(r.Scores.Mean(domains).StandardError)}")] : Array.Empty<string>(),
        ], r.ComparedModel.Role == ModelRole.Fused)
        {
            Best = [.. r.Mean(domains).Mean == lowestMean ? [0] : Array.Empty<int>(), .. Enumerable.Range(0, domains.Length).Where(i => r.Domains.TryGetValue(domains[i], out var result) && result.BitsPerByte == lowest[i]).Select(i => before + i)],
        })]);
    }

    private static string Mark(Row row, Row[] rows, Func<ComparisonRow, Estimate> figure)
        => row.Scores.IsWorse(Array.Find(rows, r => r.ComparedModel.Role == ModelRole.Target)?.Scores, figure) ? " " + ComparisonTable.WorseMark : "";

    private sealed record Row(ComparedModel ComparedModel, ComparisonRow Scores)
    {
        public int Seeds => Scores.Seeds.Count;

        public IReadOnlyDictionary<string, BitsPerByteResult> Domains { get; } = Scores.Domains;

        // Over the texts. Domains are independent texts: errors of their unweighted mean add in squares.
        public Estimate Mean(string[] domains)
        {
            var measured = domains.Where(Domains.ContainsKey).Select(d => Domains[d]).ToList();
            return measured.Count == 0 ? Estimate.From([]) : new Estimate(measured.Average(r => r.BitsPerByte), Math.Sqrt(measured.Sum(r => Math.Pow(r.StandardError, 2))) / measured.Count);
        }
    }
}

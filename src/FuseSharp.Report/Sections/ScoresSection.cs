using System.Globalization;
using FuseSharp.Report.Charts;
using FuseSharp.Torch.Compare;
using FuseSharp.Torch.Evaluate;

namespace FuseSharp.Report.Sections;

/// <summary>Bits per byte of all models: whether fusion helped.</summary>
internal static class ScoresSection
{
    /// <summary>Reads it.</summary>
    public static ReportSection Of(RunArtifacts run)
    {
        var section = new ReportSection("results", "Bits per byte on the test texts");
        Row[] rows = [.. Rows(run)];
        if (rows.Length == 0)
        {
            return section with { Missing = ["No model has been evaluated yet. Run the recipe to its end."] };
        }

        string[] domains = Domains(run, rows);
        string[] missing =
        [
            .. run.Contenders.All.Where(c => !rows.Any(r => r.Contender == c)).Select(c => $"{c.Name}: not evaluated yet. Run the recipe to its end."),
            .. run.Contenders.NotMade.Select(n => $"{n.Name}: not made, {n.Why}."),
        ];
        var reference = Reference(rows);
        return section with
        {
            Paragraphs =
            [
                "How many bits a model needs for a byte of text; lower is better, and models with different tokenizers can be compared. ± is one standard error over the documents (ratio of sums, linearized)"
                    + (rows.Any(r => r.Seeds > 1) ? "; trainings are means over their seeds, and 'seeds' gives the standard error of the mean over them." : "."),
                .. reference is null ? Array.Empty<string>() : [$"The last column is the difference from {reference.Contender.Name}, document by document: what makes a document hard for both does not blur it. − is better."],
            ],
            Charts = [Chart(rows, domains, reference)],
            Tables = [Table(rows, domains, reference)],
            Missing = missing,
        };
    }

    /// <summary>The figures for the top of the page.</summary>
    public static IReadOnlyList<ReportFigure> Headline(RunArtifacts run)
    {
        Row[] rows = [.. Rows(run)];
        if (rows.FirstOrDefault(r => r.Contender.Kind == ContenderKind.Fused) is not { } fused)
        {
            return [];
        }

        string[] domains = Domains(run, rows);
        double bits = fused.Mean(domains).Value;
        var figures = new List<ReportFigure> { new(bits.ToString("F4", CultureInfo.InvariantCulture), $"bits per byte of the fused model, mean of {domains.Length} domains") };
        if (rows.FirstOrDefault(r => r.Contender.Kind == ContenderKind.Target) is { } target)
        {
            figures.Add(new(Change(bits, target.Mean(domains).Value), "bits per byte against the untouched target"));
        }

        if (rows.FirstOrDefault(r => r.Contender.Kind == ContenderKind.Clm) is { } clm)
        {
            var (below, error) = fused.Below(clm, domains);
            figures.Add(new(Shown.Difference(-below, error), "bits per byte against training without fusion (CLM), ± one standard error"));
        }

        if (rows.Where(r => r.Contender.Kind is ContenderKind.Target or ContenderKind.Source).MinBy(r => r.Mean(domains).Value) is { } best)
        {
            figures.Add(new(Change(bits, best.Mean(domains).Value), $"bits per byte against the best single model, {best.Contender.Name}"));
        }

        return figures;
    }

    private static string Change(double to, double from) => string.Create(CultureInfo.InvariantCulture, $"{(to < from ? "−" : "+")}{100 * Math.Abs((to / from) - 1):F1} %");

    private static Row? Reference(Row[] rows)
        => rows.Length < 2 ? null : rows.FirstOrDefault(r => r.Contender.Kind == ContenderKind.Clm) ?? rows.FirstOrDefault(r => r.Contender.Kind == ContenderKind.Target);

    private static string[] Domains(RunArtifacts run, Row[] rows) => [.. run.Recipe.Texts.Keys.Where(d => rows.All(r => r.Domains.ContainsKey(d)))];

    private static IEnumerable<Row> Rows(RunArtifacts run)
        => run.Scored().Select(s => new Row(s.Contender, s.Seeds.Count, s.Seeds[0].Keys.ToDictionary(d => d, d => BitsPerByteResult.MeanOf([.. s.Seeds.Select(r => r[d])])),
            new ComparisonRow(s.Contender.Name, s.Seeds)));

    // Differences where there is something to differ from: how hard the texts are would hide them.
    private static ReportChart Chart(Row[] rows, string[] domains, Row? reference)
    {
        (double Value, double Error) Figure(Row row) => reference is null ? row.Mean(domains) : row == reference ? (0, 0) : (-row.Below(reference, domains).Value, row.Below(reference, domains).Error);
        string title = reference is null ? "Bits per byte, mean of the domains, ± 2 standard errors" : $"Difference from {reference.Contender.Name} in bits per byte, mean of the domains, ± 2 standard errors";
        string words = string.Join("; ", rows.Select(r => $"{r.Contender.Name} {(reference is null ? Shown.WithError(Figure(r).Value, Figure(r).Error) : Shown.Difference(Figure(r).Value, Figure(r).Error))}"));
        return DotChart.Draw(title, $"Lower is better: {words}.", "scores", "bits per byte (lower is better)", hasZero: reference is not null,
            [.. rows.Select(r => (r.Contender.Name, Figure(r).Value, Figure(r).Error, r.Contender.Kind == ContenderKind.Fused))]);
    }

    private static ReportTable Table(Row[] rows, string[] domains, Row? reference)
    {
        bool hasSeeds = rows.Any(r => r.Seeds > 1);
        string[] columns = ["model", .. domains, "mean", .. hasSeeds ? ["seeds"] : Array.Empty<string>(), .. reference is null ? Array.Empty<string>() : [$"against {reference.Contender.Name}"]];
        return new ReportTable("Bits per byte by model and domain", columns, [.. rows.Select(r => new ReportRow(
        [
            r.Contender.Name,
            .. domains.Select(d => Shown.WithError(r.Domains[d].BitsPerByte, r.Domains[d].StandardError)),
            Shown.WithError(r.Mean(domains).Value, r.Mean(domains).Error),
            .. hasSeeds ? [r.Seeds < 2 ? Shown.Nothing : string.Create(CultureInfo.InvariantCulture, $"{r.Seeds}, ± {r.OverSeeds.Mean(domains).StandardError:F4}")] : Array.Empty<string>(),
            .. reference is null ? Array.Empty<string>() : [r == reference ? Shown.Nothing : Shown.Difference(-r.Below(reference, domains).Value, r.Below(reference, domains).Error)],
        ], r.Contender.Kind == ContenderKind.Fused))]);
    }

    private sealed record Row(Contender Contender, int Seeds, IReadOnlyDictionary<string, BitsPerByteResult> Domains, ComparisonRow OverSeeds)
    {
        // Domains are independent texts: errors of their unweighted mean add in squares.
        public (double Value, double Error) Mean(string[] domains)
            => (domains.Average(d => Domains[d].BitsPerByte), Math.Sqrt(domains.Sum(d => Math.Pow(Domains[d].StandardError, 2))) / domains.Length);

        public (double Value, double Error) Below(Row other, string[] domains)
        {
            var all = domains.Select(d => Domains[d].Below(other.Domains[d])).ToList();
            return (all.Average(b => b.Bits), Math.Sqrt(all.Sum(b => b.StandardError * b.StandardError)) / domains.Length);
        }
    }
}

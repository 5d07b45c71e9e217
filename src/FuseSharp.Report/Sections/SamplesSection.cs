using FuseSharp.Pipeline.Compare;
using FuseSharp.Report.Content;


namespace FuseSharp.Report.Sections;

/// <summary>What target, CLM and fused model make of the same prompts.</summary>
internal static class SamplesSection
{
    /// <summary>Reads it.</summary>
    public static ReportSection Create(RunArtifacts run)
    {
        var models = run.Compared.All.Where(c => run.Compared.Sampled.Contains(c.Runs[0].Model))
            .Select(c => (ComparedModel: c, Samples: RunArtifacts.Found(() => SampleStage.Read(run.Folder.Samples(c.Runs[0].Model!))))).ToList();
        var written = models.Where(m => m.Samples is not null).ToList();
        var options = run.Recipe.Generate;
        return new ReportSection("samples", "Samples side by side")
        {
            Paragraphs = written.Count == 0 ? [] : [FormattableString.Invariant($"The same prompts, the same draw: temperature {options.Temperature}, top-p {options.TopP}, top-k {(options.TopK == 0 ? "off" : options.TopK)}, seed {options.Seed}, at most {options.MaxTokens} tokens. Prompts are the recipe's own and the beginnings of test documents; nothing was picked.")],
            Samples = written.Count == 0 ? [] : [.. written[0].Samples!.Select((s, i) => new ReportSample(s.Prompt,
                [.. written.Where(m => i < m.Samples!.Count && m.Samples[i].Prompt == s.Prompt).Select(m => new ReportAnswer(m.ComparedModel.Name, m.Samples![i].Continuation, m.ComparedModel.Role == ModelRole.Fused))]))],
            Missing = [.. models.Except(written).Select(m => $"{m.ComparedModel.Name}: no samples. Run the recipe to its end.")],
        };
    }
}

using System.CommandLine;
using System.Globalization;
using FuseSharp.Cli.Rendering;
using FuseSharp.Pipeline;
using FuseSharp.Pipeline.Cards;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Report;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Ranks;
using static TorchSharp.torch;

namespace FuseSharp.Cli.Commands;

internal static class RunCommand
{
    public static Command Create()
    {
        var recipe = CheckCommand.RecipeFile();
        var settings = CheckCommand.Settings();
        var dryRun = new Option<bool>("--dry-run") { Description = "Only print what would be done, and why; writes nothing." };
        var device = CommonOptions.Device();
        var repair = new Option<bool>("--repair") { Description = "Checks the checksums of all shards that are there and makes damaged ones again." };
        var command = new Command("run", "Does a whole fusion from a recipe; run again, it does only what is missing or out of date.") { recipe, settings, dryRun, device, repair };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            if (!parsed.GetValue(dryRun))
            {
                JobRanks.Join(); // first of all: a fault of the recipe is then said once, not by every rank
            }

            var read = RecipeReader.Read(parsed.GetRequiredValue(recipe), parsed.GetValue(settings));
            if (parsed.GetValue(dryRun))
            {
                read = CheckCommand.Checked(read);
                PlanDisplay.Show(read, CommonOptions.DeviceOf(parsed.GetRequiredValue(device)), Console.Out);
                CheckCommand.SayWarnings(read);
                return 0;
            }

            return Run(read, CommonOptions.DeviceOf(parsed.GetRequiredValue(device)), parsed.GetValue(repair), cancellation);
        }, cancellation));
        return command;
    }

    public static int Run(Recipe recipe, Device device, bool repairs, CancellationToken cancellation)
    {
        var ranks = JobRanks.Join();
        recipe = CheckCommand.Checked(recipe);
        RankAgreement.CheckLines(ranks, "recipe", RecipeWriter.ToYaml(recipe));
        var run = new RunFolder(recipe.Output);
        bool wasWarned = false;
        if (ranks.Rank == 0)
        {
            OutputGuard.CheckRun(recipe.Output, run.Admits, recipe.Models);
            wasWarned = CheckCommand.SayWarnings(recipe);
            Directory.CreateDirectory(recipe.Output);
        }

        using var held = ranks.Rank == 0 ? FileLock.Take(run.LockFile, $"Another process runs in '{recipe.Output}'. Wait for it, or name another output.") : null;
        if (ranks.Rank == 0)
        {
            RecipeWriter.Write(run.EffectiveRecipe, recipe);
        }

        var table = ProgressDisplay.Run(progress => new FusionPipeline(recipe, device, progress, cancellation, repairs: repairs, ranks: ranks, warnsOfLength: !wasWarned).Run());
        if (ranks.Rank == 0)
        {
            Report(recipe, run, table);
        }

        return 0;
    }

    private static void Report(Recipe recipe, RunFolder run, ComparisonTable table)
    {
        string page = RunReport.Write(recipe.Output);
        TableDisplay.Show(table);
        string verdict = VerdictOf(table);
        if (verdict.Length > 0)
        {
            Console.WriteLine(verdict + "\n");
        }

        for (int i = 0; i < recipe.Seeds; i++)
        {
            string name = RunFolder.Fused(recipe.Train.Seed + i);
            ModelCards.OfRun(recipe, name, table, verdict).Write(run.Train(name));
        }

        string fused = run.Train(RunFolder.Fused(recipe.Train.Seed));
        if (recipe.Generate.Prompt.Length > 0)
        {
            var sample = SampleStage.Read(run.Samples(fused))[0]; // the recipe's prompt comes first
            Console.WriteLine($"{sample.Prompt}{sample.Continuation}\n");
        }

        Console.WriteLine($"Fused model (Hugging Face folder): {fused}");
        Console.WriteLine($"Report: {page}");
    }

    // Over the test documents, paired; over the seeds where there are several.
    private static string VerdictOf(ComparisonTable table)
    {
        var fused = table.Rows.FirstOrDefault(r => r.Model == "fused");
        var clm = table.Rows.FirstOrDefault(r => r.Model == "CLM");
        if (fused is null || clm is null)
        {
            return "";
        }

        var below = fused.Below(clm, table.Domains);
        var best = table.Rows.Where(r => r.Model.EndsWith(" (target)", StringComparison.Ordinal) || r.Model.EndsWith(" (source)", StringComparison.Ordinal)).MinBy(r => r.Mean(table.Domains).Mean)!;
        string[] sentences =
        [
            double.IsFinite(below.Mean) ? FusionVerdict.Of(fused.Mean(table.Domains).Mean, below.Mean, below.StandardError, (best.Model, best.Mean(table.Domains).Mean)) : "",
            fused.StandardErrorsAhead(clm, table.Domains) is var ahead && double.IsFinite(ahead)
                ? string.Create(CultureInfo.InvariantCulture, $"Over {fused.Seeds.Count} seeds: {Math.Abs(ahead):F1} standard errors {(ahead < 0 ? "behind" : "ahead of")} CLM.") : "",
        ];
        return string.Join('\n', sentences.Where(s => s.Length > 0));
    }
}

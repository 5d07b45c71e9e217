using System.CommandLine;
using System.Globalization;
using FuseSharp.Cli.Rendering;
using FuseSharp.Core.Recipes;
using FuseSharp.Report;
using FuseSharp.Torch;
using FuseSharp.Torch.Compare;
using static TorchSharp.torch;

namespace FuseSharp.Cli.Commands;

internal static class RunCommand
{
    public static Command Create()
    {
        var recipe = CheckCommand.Recipe();
        var settings = CheckCommand.Settings();
        var dryRun = new Option<bool>("--dry-run") { Description = "Only print what would be done." };
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
                FusionCheck.Run(read);
                PlanDisplay.Show(read, Console.Out);
                return 0;
            }

            return Run(read, CommonOptions.DeviceOf(parsed.GetRequiredValue(device)), parsed.GetValue(repair), cancellation);
        }, cancellation));
        return command;
    }

    public static int Run(Recipe recipe, Device device, bool repairs, CancellationToken cancellation)
    {
        var ranks = JobRanks.Join();
        FusionCheck.Run(recipe);
        var run = new RunFolder(recipe.Output);
        if (ranks.Rank == 0)
        {
            Directory.CreateDirectory(recipe.Output);
            RecipeWriter.Write(run.EffectiveRecipe, recipe);
        }

        var table = ProgressDisplay.Run(progress => new FusionPipeline(recipe, device, progress, cancellation, repairs: repairs, ranks: ranks).Run());
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
        SayHowFarAhead(table);
        string fused = run.Train(RunFolder.Fused(recipe.Train.Seed));
        if (recipe.Generate.Prompt.Length > 0)
        {
            var sample = SampleStage.Read(run.Samples(fused))[0]; // the recipe's prompt comes first
            Console.WriteLine($"{sample.Prompt}{sample.Continuation}\n");
        }

        Console.WriteLine($"Fused model (Hugging Face folder): {fused}");
        Console.WriteLine($"Report: {page}");
    }

    private static void SayHowFarAhead(ComparisonTable table)
    {
        var fused = table.Rows.FirstOrDefault(r => r.Model == "fused");
        var clm = table.Rows.FirstOrDefault(r => r.Model == "CLM");
        if (fused is not null && clm is not null && fused.StandardErrorsAhead(clm, table.Domains) is var ahead && double.IsFinite(ahead))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Fused ahead of CLM by {clm.Mean(table.Domains).Mean - fused.Mean(table.Domains).Mean:F4} bits per byte in the mean, {ahead:F1} standard errors over {fused.Seeds.Count} seeds.\n"));
        }
    }
}

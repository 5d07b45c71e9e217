using System.CommandLine;
using FuseSharp.Cli.Ranks;
using FuseSharp.Cli.Rendering;
using FuseSharp.Pipeline;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Plan;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Report;

namespace FuseSharp.Cli.Commands;

internal static class RunCommand
{
    public static Command Create()
    {
        var settings = CheckCommand.Settings();
        var recipe = CheckCommand.RecipeFile(settings);
        var dryRun = new Option<bool>("--dry-run") { Description = "Print what would be done, and why, without writing anything." };
        var device = CommonOptions.Device();
        var repair = new Option<bool>("--repair") { Description = "Verifies the checksums of existing shards and rebuilds damaged ones." };
        var command = new Command("run", "Runs a whole fusion from a recipe. Run again, it does only what is missing or out of date.") { recipe, settings, dryRun, device, repair };
        command.SetAction((parsed, cancellation) => Task.Run(async () =>
        {
            if (!parsed.GetValue(dryRun))
            {
                CommandRanks.Join(); // first of all: a fault of the recipe is then said once, not by every rank
            }

            var read = RecipeReader.Read(parsed.GetRequiredValue(recipe), parsed.GetValue(settings));
            string place = parsed.GetRequiredValue(device);
            if (parsed.GetValue(dryRun))
            {
                var where = CommonOptions.DeviceOf(place);
                read = RecipePrecision.Resolve(CheckCommand.CheckedAhead(read), where);
                PlanDisplay.Show(FusionPlan.Create(read), where, Console.Out);
                CheckCommand.SayWarnings(read);
                return 0;
            }

            return await RunAsync(read, place, parsed.GetValue(repair), cancellation);
        }, cancellation));
        return command;
    }

    public static async Task<int> RunAsync(Recipe recipe, string device, bool repairs, CancellationToken cancellation)
    {
        var ranks = CommandRanks.Join();
        var result = await ProgressDisplay.Run(progress => FusionRun.RunAsync(recipe, new FusionRunOptions { Device = device, Progress = progress, Ranks = ranks, Repairs = repairs }, cancellation));
        if (ranks.Rank > 0)
        {
            return 0;
        }

        string page = RunReport.Write(recipe.Output);
        TableDisplay.Show(result.Table);
        foreach (string text in new[] { result.Verdict?.Sentence, result.Sample }.OfType<string>())
        {
            Console.WriteLine(text + "\n");
        }

        Console.WriteLine($"{(result.Table.Rows[^1].Role == ModelRole.Fused ? "Fused" : "Trained")} model (Hugging Face folder): {result.Models[0]}");
        Console.WriteLine($"Report: {page}");
        return 0;
    }
}

using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Errors;
using FuseSharp.Pipeline.Experiment;
using FuseSharp.Pipeline.Recipes;

namespace FuseSharp.Cli.Commands;

internal static class ExperimentCommand
{
    public static Command Create()
    {
        var recipe = CheckCommand.RecipeFile();
        var settings = CheckCommand.Settings();
        var seeds = new Option<int>("--seeds") { Description = "Trainings of each variant; from 2 on the table gives standard errors.", DefaultValueFactory = _ => 5 };
        var variants = new Option<string[]>("--variants") { Description = "Parts of names: only variants that hold one, and CLM. Such as bucket, boundary or corrected-renormalize-0.9.", DefaultValueFactory = _ => [], AllowMultipleArgumentsPerToken = true };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only name the variants." };
        var device = CommonOptions.Device();
        var command = new Command("experiment", "Trains a recipe's target with every alignment, tail and λ on the same data, and compares them with training without fusion.") { recipe, settings, seeds, variants, dryRun, device };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var read = RecipeReader.Read(parsed.GetRequiredValue(recipe), parsed.GetValue(settings));
            read = CheckCommand.Checked(read);
            if (parsed.GetValue(seeds) < 1)
            {
                throw new UsageException("'--seeds' must be at least 1.");
            }

            var chosen = AlignmentVariants.Choose(AlignmentVariants.From(read), parsed.GetValue(variants)!);
            if (parsed.GetValue(dryRun))
            {
                Console.WriteLine(string.Join('\n', chosen.Select(v => v.Name)));
                return 0;
            }

            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(device));
            using var held = new RunFolder(read.Output).Claim(read.Models);
            string path = Path.Combine(read.Output, "experiment.md");
            var report = ProgressDisplay.Run(progress => new AlignmentExperiment(RecipePrecision.Resolve(read, where, progress), chosen, parsed.GetValue(seeds), where, progress, cancellation)
                .Run(sofar => File.WriteAllText(path, sofar.ToMarkdown())));
            Console.WriteLine(report.ToMarkdown());
            Console.WriteLine($"Table: {path}");
            return 0;
        }, cancellation));
        return command;
    }
}

using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Pipeline.Experiment;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train.Rates;

namespace FuseSharp.Cli.Commands;

internal static class ExperimentCommand
{
    public static Command Create()
    {
        var settings = CheckCommand.Settings();
        var recipe = CheckCommand.RecipeFile(settings);
        var seeds = new Option<int>("--seeds") { Description = "Trainings of each variant; from 2 on the table gives standard errors.", DefaultValueFactory = _ => 5 };
        var variants = new Option<string[]>("--variants") { Description = "Parts of names: only variants that hold one, and CLM. Such as bucket, boundary or corrected-renormalize-0.9.", DefaultValueFactory = _ => [], AllowMultipleArgumentsPerToken = true };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only name the variants, and the learning rates that each tries." };
        var device = CommonOptions.Device();
        var command = new Command("experiment", "Trains a recipe's target with every alignment, tail and λ on the same data, each at the best of several learning rates, compares them with training without fusion, and writes the best as a recipe.") { recipe, settings, seeds, variants, dryRun, device };
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
                Console.WriteLine(string.Join('\n', chosen.Select(v => $"{v.Name}  rates: {(AlignmentExperiment.RatesAround(v.Train) is { Count: > 0 } rates ? string.Join(", ", rates.Select(RateChoice.Show)) : "by a range test")}")));
                return 0;
            }

            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(device));
            using var held = new RunFolder(read.Output).Claim(read.Models.Select(m => m.Files));
            string path = Path.Combine(read.Output, "experiment.md");
            string best = Path.Combine(read.Output, "best.yaml");
            if (File.Exists(best) && !RecipeWriter.Wrote(best))
            {
                throw new UsageException($"'{best}' is not one that an experiment wrote, and would be replaced by the best variant's recipe. Move it.");
            }

            var (report, winner) = ProgressDisplay.Run(progress =>
            {
                var experiment = new AlignmentExperiment(RecipePrecision.Resolve(read, where, progress), chosen, parsed.GetValue(seeds), where, progress, cancellation);
                var found = experiment.Run(sofar => Durable.WriteText(path, sofar.ToMarkdown()));
                return (found, experiment.Winner(found));
            });
            RecipeWriter.Write(best, winner);
            Console.WriteLine(report.ToMarkdown());
            Console.WriteLine($"Table: {path}");
            Console.WriteLine($"Recipe of the best: {best}");
            return 0;
        }, cancellation));
        return command;
    }
}

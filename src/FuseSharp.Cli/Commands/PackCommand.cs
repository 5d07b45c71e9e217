using System.CommandLine;
using FuseSharp.Errors;
using FuseSharp.Fusion.Pack;
using FuseSharp.Pipeline.Recipes;

namespace FuseSharp.Cli.Commands;

internal static class PackCommand
{
    public static Command Create()
    {
        var target = new Option<string>("--target-represented") { Description = "Output of represent for the target.", Required = true };
        var sources = new Option<string[]>("--source-represented") { Description = "Output of represent for each source.", Required = true, AllowMultipleArgumentsPerToken = true };
        var aligned = new Option<string[]>("--aligned") { Description = "Output of align for each source, in the same order.", Required = true, AllowMultipleArgumentsPerToken = true };
        var length = CommonOptions.MaxLength();
        var metric = new Option<MetricLevel>("--metric") { Description = "sequence: a model's cross-entropy over the whole document; token: over the tokens in the block.", DefaultValueFactory = _ => MetricLevel.Sequence };
        var groupSize = new Option<int>("--group-size") { Description = "Documents that are packed together into a file; the last, shorter block of a group is kept.", DefaultValueFactory = _ => new PackOptions().GroupSize };
        var output = new OutputFlags("the blocks");
        var command = new Command("pack", "Stage 5: joins documents into training sequences of one length.") { target, sources, aligned, length, metric, groupSize };
        output.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => output.Run(parsed, (folder, progress) =>
        {
            string[] represented = parsed.GetRequiredValue(sources);
            string[] rows = parsed.GetRequiredValue(aligned);
            if (represented.Length != rows.Length)
            {
                throw new RecipeException($"{represented.Length} folders after --source-represented, {rows.Length} after --aligned. Give both for every source, in the same order.");
            }

            PackStage.Run(parsed.GetRequiredValue(target), [.. represented.Zip(rows, (r, a) => (Recipe.NameOf(a), r, a))], parsed.GetValue(length),
                new PackOptions { Metric = parsed.GetValue(metric), GroupSize = parsed.GetValue(groupSize) }, folder, progress, cancellation);
        }), cancellation));
        return command;
    }
}

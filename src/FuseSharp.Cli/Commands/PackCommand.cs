using System.CommandLine;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Fusion.Pack;
using FuseSharp.Fusion.Records;

namespace FuseSharp.Cli.Commands;

internal static class PackCommand
{
    public static Command Create()
    {
        var target = new Option<string>("--target-represented") { Description = "Output of represent for the target, which says the length of a block.", Required = true };
        var sources = new Option<string[]>("--source-represented") { Description = "Output of represent for each source.", Required = true, AllowMultipleArgumentsPerToken = true };
        var aligned = new Option<string[]>("--aligned") { Description = "Output of align for each source, in the same order.", Required = true, AllowMultipleArgumentsPerToken = true };
        var settings = new StageSettings("pack.group_size=100", "pack.", "store.");
        var output = new OutputFlags("the blocks");
        var command = new Command("pack", "Stage 5: joins documents into training sequences of one length.") { target, sources, aligned, settings.Option };
        output.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var options = settings.Read(parsed);
            string own = parsed.GetRequiredValue(target);
            string[] represented = parsed.GetRequiredValue(sources);
            string[] rows = parsed.GetRequiredValue(aligned);
            return represented.Length != rows.Length
                ? throw new UsageException($"{represented.Length} folders after --source-represented, {rows.Length} after --aligned. Give both for every source, in the same order.")
                : output.Run(parsed, options.Store, (folder, context) => PackStage.Run(
                    own, [.. represented.Zip(rows, (r, a) => (ModelName.FromPath(a), r, a))], SequenceLength.Read(own), options.Pack, folder, context), cancellation);
        }, cancellation));
        return command;
    }
}

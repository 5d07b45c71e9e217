using System.CommandLine;
using FuseSharp.Files;
using FuseSharp.Fusion.Align;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Cli.Commands;

internal static class AlignCommand
{
    public static Command Create()
    {
        var target = CommonOptions.TokenizerPath("--target", "Folder of the target model or its tokenizer.", isRequired: true);
        var source = CommonOptions.TokenizerPath("--source", "Folder of the source model or its tokenizer.", isRequired: true);
        var targetRepresentations = new Option<string>("--target-represented") { Description = "Output of represent for the target.", Required = true };
        var sourceRepresentations = new Option<string>("--source-represented") { Description = "Output of represent for the source.", Required = true };
        var settings = new StageSettings("align.alignment=soft", "align.", "store.") { Except = ["align.map"] };
        var map = new Option<string?>("--map") { Description = "Output of map for this pair, for soft and mapped." };
        var output = new OutputFlags("the aligned distributions");
        var command = new Command("align", "Stage 4: maps a source's distributions onto the target's positions and vocabulary.") { target, source, targetRepresentations, sourceRepresentations, map, settings.Option };
        output.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var options = settings.Read(parsed);
            return output.Run(parsed, options.Store, (folder, context) => AlignStage.Run(
                TokenizerFolder.Load(parsed.GetRequiredValue(target)), TokenizerFolder.Load(parsed.GetRequiredValue(source)), ModelName.FromPath(parsed.GetRequiredValue(source)),
                parsed.GetRequiredValue(targetRepresentations), parsed.GetRequiredValue(sourceRepresentations), options.Align, parsed.GetValue(map), folder, context), cancellation);
        }, cancellation));
        return command;
    }
}

using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Core.Align;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Tokenizers;

namespace FuseSharp.Cli.Commands;

internal static class AlignCommand
{
    public static Command Create()
    {
        var target = new Option<string>("--target") { Description = "Folder of the target model or its tokenizer.", Required = true };
        var source = new Option<string>("--source") { Description = "Folder of the source model or its tokenizer.", Required = true };
        var targetRepresentations = new Option<string>("--target-represented") { Description = "Output of represent for the target.", Required = true };
        var sourceRepresentations = new Option<string>("--source-represented") { Description = "Output of represent for the source.", Required = true };
        var output = new OutputFlags("the aligned distributions");
        var command = new Command("align", "Stage 4: lays a source's distributions over the target's positions and vocabulary.") { target, source, targetRepresentations, sourceRepresentations };
        output.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => ProgressDisplay.Run(progress =>
        {
            AlignStage.Run(TokenizerFolder.Load(parsed.GetRequiredValue(target)), TokenizerFolder.Load(parsed.GetRequiredValue(source)), Recipe.NameOf(parsed.GetRequiredValue(source)),
                parsed.GetRequiredValue(targetRepresentations), parsed.GetRequiredValue(sourceRepresentations), output.Read(parsed), progress, cancellation);
            return 0;
        }), cancellation));
        return command;
    }
}

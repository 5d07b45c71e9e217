using System.CommandLine;
using FuseSharp.Fusion.Align;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Tokenizers;

namespace FuseSharp.Cli.Commands;

internal static class AlignCommand
{
    public static Command Create()
    {
        var target = new Option<string>("--target") { Description = "Folder of the target model or its tokenizer.", Required = true };
        var source = new Option<string>("--source") { Description = "Folder of the source model or its tokenizer.", Required = true };
        var targetRepresentations = new Option<string>("--target-represented") { Description = "Output of represent for the target.", Required = true };
        var sourceRepresentations = new Option<string>("--source-represented") { Description = "Output of represent for the source.", Required = true };
        var settings = CommonOptions.Settings("reference computes the FuseLLM reference's numbers, defects included; default mends them");
        var alignment = new Option<AlignmentMethod>("--alignment") { Description = "boundary: where both have read the same bytes; hard: where the warped tokens are equal; soft: also where --map makes them equal.", DefaultValueFactory = _ => AlignmentMethod.Boundary };
        var projection = new Option<TokenProjection>("--projection") { Description = "With boundary: first_token of the target's own tokenization, or mapped by --map.", DefaultValueFactory = _ => TokenProjection.FirstToken };
        var map = new Option<string?>("--map") { Description = "Output of map for this pair, for soft and mapped." };
        var output = new OutputFlags("the aligned distributions");
        var command = new Command("align", "Stage 4: lays a source's distributions over the target's positions and vocabulary.") { target, source, targetRepresentations, sourceRepresentations, settings, alignment, projection, map };
        output.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => output.Run(parsed, (folder, progress) =>
        {
            AlignStage.Run(TokenizerFolder.Load(parsed.GetRequiredValue(target)), TokenizerFolder.Load(parsed.GetRequiredValue(source)), Recipe.NameOf(parsed.GetRequiredValue(source)),
                parsed.GetRequiredValue(targetRepresentations), parsed.GetRequiredValue(sourceRepresentations),
                new AlignOptions { Settings = parsed.GetValue(settings), Alignment = parsed.GetValue(alignment), Projection = parsed.GetValue(projection) }, parsed.GetValue(map), folder, progress, cancellation);
        }), cancellation));
        return command;
    }
}

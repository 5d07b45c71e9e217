using System.CommandLine;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Fusion.Records;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Cli.Commands;

internal static class RepresentCommand
{
    public static Command Create()
    {
        var model = CommonOptions.ModelPath("--model", "The model: a Hugging Face folder or a .gguf file.");
        var endpoint = new EndpointFlags();
        var texts = new Option<string>("--texts") { Description = "Output of split, which says the longest sequence.", Required = true };
        var target = CommonOptions.TokenizerPath("--target", "For a source: folder of the target model or its tokenizer. Rows are then projected onto its vocabulary, as 'run' writes them, and serve this target only; without it they hold the model's own tokens.", isRequired: false);
        var settings = new StageSettings("represent.top_k=50", "represent.", "store.");
        var device = CommonOptions.Device();
        var output = new OutputFlags("the representations");
        var command = new Command("represent", "Stage 2: stores a model's largest next-token logits at every position.") { model, texts, target, settings.Option, device };
        endpoint.AddTo(command);
        output.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var options = settings.Read(parsed);
            string? onto = parsed.GetValue(target);
            var served = endpoint.Read(parsed, parsed.GetValue(model), onto);
            if (onto is null ? options.Represent.Rows == RepresentRows.Projected : options.Represent.Rows == RepresentRows.Tokens)
            {
                throw new UsageException(onto is null ? "'represent.rows' is projected, but there is no target. Name it by --target." : "'represent.rows' is tokens, but --target asks for rows over its vocabulary. Leave one of them out.");
            }

            return output.Run(parsed, options.Store, (folder, context) =>
            {
                string split = parsed.GetRequiredValue(texts);
                if (served is not null)
                {
                    EndpointStage.Run(served, split, SequenceLength.Read(split), options.Represent, folder, context);
                    return;
                }

                var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(device));
                RepresentStage.Run(parsed.GetValue(model)!, where, split, SequenceLength.Read(split), options.Represent, folder, context, onto is null ? null : PieceEncoder.Open(split, ModelName.FromPath(onto), onto, TokenizerFolder.Load(onto)));
            }, cancellation);
        }, cancellation));
        return command;
    }
}

using System.CommandLine;
using FuseSharp.Fusion.Records;
using FuseSharp.Pipeline.Represent;

namespace FuseSharp.Cli.Commands;

internal static class RepresentCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Model("The model: a Hugging Face folder or a .gguf file.");
        var texts = new Option<string>("--texts") { Description = "Output of split, which says the longest sequence.", Required = true };
        var settings = new StageSettings("represent.top_k=50", "represent.", "store.");
        var device = CommonOptions.Device();
        var output = new OutputFlags("the representations");
        var command = new Command("represent", "Stage 2: stores a model's largest next-token logits at every position.") { model, texts, settings.Option, device };
        output.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var options = settings.Read(parsed);
            return output.Run(parsed, options.Store, (folder, context) =>
            {
                string split = parsed.GetRequiredValue(texts);
                var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(device));
                RepresentStage.Run(parsed.GetRequiredValue(model), where, split, SequenceLength.Read(split), options.Represent, folder, context);
            }, cancellation);
        }, cancellation));
        return command;
    }
}

using System.CommandLine;
using FuseSharp.Pipeline.Represent;

namespace FuseSharp.Cli.Commands;

internal static class RepresentCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Model("The model: a Hugging Face folder or a .gguf file.");
        var texts = new Option<string>("--texts") { Description = "Output of split.", Required = true };
        var topK = new Option<int>("--top-k") { Description = "Logits kept at every position, 1–512. More is nearer to the full distribution and larger on disk.", DefaultValueFactory = _ => new RepresentOptions().TopK };
        var maxLength = CommonOptions.MaxLength();
        var precision = CommonOptions.Precision();
        var device = CommonOptions.Device();
        var output = new OutputFlags("the representations");
        var command = new Command("represent", "Stage 2: writes down what a model expects at every position.") { model, texts, topK, maxLength, precision, device };
        output.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => output.Run(parsed, (folder, progress) =>
        {
            string path = parsed.GetRequiredValue(model);
            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(device));
            var options = new RepresentOptions { TopK = parsed.GetValue(topK), Precision = parsed.GetValue(precision) };
            RepresentStage.Run(path, where, parsed.GetRequiredValue(texts), parsed.GetValue(maxLength), options, folder, progress, cancellation);
        }), cancellation));
        return command;
    }
}

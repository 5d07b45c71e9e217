using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Files;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Cli.Commands;

internal static class TrainCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Model("The target, a Hugging Face folder.");
        var packed = new Option<string>("--packed") { Description = "Output of pack.", Required = true };
        var device = CommonOptions.Device();
        var output = CommonOptions.Output("the trained model");
        var texts = new Option<string?>("--texts") { Description = "Output of split; needed with train.evaluate_every." };
        var settings = new StageSettings("train.learning_rate=0.001", "train.");
        var command = new Command("train", "Stage 6: trains the target on the fused distributions.") { model, packed, texts, settings.Option, device, output };
        command.SetAction((parsed, cancellation) => Task.Run(() => ProgressDisplay.RunRanked((ranks, progress) =>
        {
            var options = settings.Read(parsed).Train;
            string folder = parsed.GetRequiredValue(output);
            string blocks = parsed.GetRequiredValue(packed);
            var validation = parsed.GetValue(texts) is not { } split ? null
                : new TrainValidation(Manifest.Read(split).Key, ValidationTexts.Measure(split, Manifest.Read(blocks).Count("block_length"), cancellation, ranks));
            TrainStage.Run(ModelName.FromPath(folder), parsed.GetRequiredValue(model), blocks, options,
                CommonOptions.DeviceOf(parsed.GetRequiredValue(device)), folder, new StageContext(progress, cancellation) { Ranks = ranks }, validation);
            return 0;
        }), cancellation));
        return command;
    }
}

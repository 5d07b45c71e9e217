using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Files;
using FuseSharp.Pipeline.Train;
using FuseSharp.Pipeline.Train.Rates;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Cli.Commands;

internal static class TrainCommand
{
    // Beside the model's folder, which holds nothing but the model.
    private const string RateSuffix = "-rate";

    public static Command Create()
    {
        var model = CommonOptions.Model("The target, a Hugging Face folder.");
        var packed = new Option<string>("--packed") { Description = "Output of pack.", Required = true };
        var device = CommonOptions.Device();
        var output = CommonOptions.Output("the trained model");
        var texts = new Option<string?>("--texts") { Description = "Output of split; its validation texts choose the learning rate (auto) and the best state." };
        var settings = new StageSettings("train.learning_rate=0.001", "train.");
        var command = new Command("train", "Stage 6: trains the target on the fused distributions.") { model, packed, texts, settings.Option, device, output };
        command.SetAction((parsed, cancellation) => Task.Run(() => ProgressDisplay.RunRanked((ranks, progress) =>
        {
            var options = settings.Read(parsed).Train;
            string folder = parsed.GetRequiredValue(output);
            string blocks = parsed.GetRequiredValue(packed);
            string target = parsed.GetRequiredValue(model);
            var place = CommonOptions.DeviceOf(parsed.GetRequiredValue(device));
            var context = new StageContext(progress, cancellation) { Ranks = ranks };
            TrainValidation? Validation(int? every) => parsed.GetValue(texts) is { } split ? TrainValidation.Read(split, Manifest.Read(blocks).Count("block_length"), every, context) : null;
            options = options.LearningRate is null
                ? options with { LearningRate = RateStage.Run(ModelName.FromPath(folder), target, blocks, options, place, Path.TrimEndingDirectorySeparator(folder) + RateSuffix, context, Validation(null)).LearningRate } : options;
            TrainStage.Run(ModelName.FromPath(folder), target, blocks, options, place, folder, context, Validation(options.EvaluateEvery));
            return 0;
        }), cancellation));
        return command;
    }
}

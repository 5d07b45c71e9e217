using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Core.Recipes;
using FuseSharp.Torch.Train;

namespace FuseSharp.Cli.Commands;

internal static class TrainCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Model("The target, a Hugging Face folder.");
        var packed = new Option<string>("--packed") { Description = "Output of pack.", Required = true };
        var precision = CommonOptions.Precision();
        var device = CommonOptions.Device();
        var output = CommonOptions.Output("the trained model");
        var training = new TrainingFlags();
        var command = new Command("train", "Stage 6: trains the target on the fused distributions.") { model, packed, precision, device, output };
        training.AddTo(command, fuses: true);
        command.SetAction((parsed, cancellation) => Task.Run(() => ProgressDisplay.Run(progress =>
        {
            string folder = parsed.GetRequiredValue(output);
            TrainStage.Run(Recipe.NameOf(folder), parsed.GetRequiredValue(model), parsed.GetRequiredValue(packed), training.Read(parsed, fuses: true),
                parsed.GetValue(precision), CommonOptions.DeviceOf(parsed.GetRequiredValue(device)), folder, progress, cancellation);
            return 0;
        }), cancellation));
        return command;
    }
}

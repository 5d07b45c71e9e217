using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Cli.Commands;

internal static class PretrainCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "A Hugging Face config.json: architecture and sizes.", Required = true };
        var tokenizer = CommonOptions.TokenizerPath("--tokenizer", "Folder of the tokenizer.", isRequired: true);
        var texts = CommonOptions.Texts("Files or folders of texts, or sdk:AREA.");
        var field = CommonOptions.Field();
        var onlyTrain = TokenizerCommand.OnlyTrainSplit();
        var part = TokenizerCommand.Part();
        var blockLength = new Option<int>("--block-length") { Description = "Tokens of a training sequence.", DefaultValueFactory = _ => 512 };
        var device = CommonOptions.Device();
        var output = CommonOptions.Output("the model");
        var settings = new StageSettings("train.learning_rate=0.001", "train.")
        {
            Except = ["train.fusion.", "train.mode", "train.lora.", "train.evaluate_every", "train.keep_best", "train.stop_after_worse"],
        };
        var command = new Command("pretrain", "Trains a model from scratch on texts.") { config, tokenizer, texts, field, onlyTrain, part, blockLength, settings.Option, device, output };
        command.SetAction((parsed, cancellation) => Task.Run(() => ProgressDisplay.RunRanked((ranks, progress) =>
        {
            var options = settings.Read(parsed).Train;
            var documents = TokenizerCommand.Documents(parsed.GetRequiredValue(texts), parsed.GetRequiredValue(field), parsed.GetValue(onlyTrain), parsed.GetValue(part));
            PretrainStage.Run(parsed.GetRequiredValue(config), parsed.GetRequiredValue(tokenizer), documents, parsed.GetValue(blockLength), options,
                CommonOptions.DeviceOf(parsed.GetRequiredValue(device)), parsed.GetRequiredValue(output), new StageContext(progress, cancellation) { Ranks = ranks });
            return 0;
        }), cancellation));
        return command;
    }
}

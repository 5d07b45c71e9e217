using System.CommandLine;
using FuseSharp.Pipeline.Train;

namespace FuseSharp.Cli.Commands;

internal static class PretrainCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "A Hugging Face config.json: architecture and sizes.", Required = true };
        var tokenizer = new Option<string>("--tokenizer") { Description = "Folder of the tokenizer.", Required = true };
        var texts = CommonOptions.Texts("Files or folders of texts, or sdk:AREA.");
        var field = CommonOptions.Field();
        var onlyTrain = TokenizerCommand.OnlyTrainSplit();
        var blockLength = new Option<int>("--block-length") { Description = "Tokens of a training sequence.", DefaultValueFactory = _ => 512 };
        var precision = CommonOptions.Precision();
        var device = CommonOptions.Device();
        var output = CommonOptions.Output("the model");
        var training = new TrainingFlags();
        var command = new Command("pretrain", "Trains a model from nothing but texts.") { config, tokenizer, texts, field, onlyTrain, blockLength, precision, device, output };
        training.AddTo(command, fuses: false);
        command.SetAction((parsed, cancellation) => Task.Run(() => JobRanks.Run((ranks, progress) =>
        {
            var documents = TokenizerCommand.Documents(parsed.GetRequiredValue(texts), parsed.GetRequiredValue(field), parsed.GetValue(onlyTrain));
            PretrainStage.Run(parsed.GetRequiredValue(config), parsed.GetRequiredValue(tokenizer), documents, parsed.GetValue(blockLength), training.Read(parsed, fuses: false),
                parsed.GetValue(precision), CommonOptions.DeviceOf(parsed.GetRequiredValue(device)), parsed.GetRequiredValue(output), progress, cancellation, ranks);
            return 0;
        }), cancellation));
        return command;
    }
}

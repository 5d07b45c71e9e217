using System.CommandLine;
using FuseSharp.Cli.Parsing;
using FuseSharp.Cli.Rendering;
using FuseSharp.Files;
using FuseSharp.Models.Export;
using FuseSharp.Pipeline.Cards;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Cli.Commands;

internal static class ExportCommand
{
    private static readonly Dictionary<string, ExportType> _types = new(StringComparer.Ordinal) { ["f16"] = ExportType.F16, ["q8_0"] = ExportType.Q8, ["bf16"] = ExportType.Bf16, ["f32"] = ExportType.F32 };

    public static Command Create()
    {
        var model = CommonOptions.ModelArgument();
        var gguf = new Option<string>("--gguf") { Description = "The GGUF file to write, with the tokenizer in it: llama.cpp and Ollama run it.", Required = true };
        var type = new Option<ExportType>("--type")
        {
            Description = "How matrices are stored: f16, q8_0 (half the size, a little less exact), bf16 or f32.",
            DefaultValueFactory = _ => ExportType.F16,
            CustomParser = r => OptionValues.OneOf(r, _types),
            HelpName = string.Join('|', _types.Keys),
        };
        var name = new Option<string?>("--name") { Description = "What the file calls the model (default the folder's name)." };
        var command = new Command("export", "Exports a model for other programs.") { model, gguf, type, name };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            string path = parsed.GetRequiredValue(model);
            string output = CommonOptions.OutputFile(parsed.GetRequiredValue(gguf), OutputKind.Gguf, path);
            ProgressDisplay.Run(progress =>
            {
                new ExportStage(progress, cancellation).Run(path, output, parsed.GetValue(type), parsed.GetValue(name) ?? ModelName.FromPath(path), CardReader.MatterOf(path));
                return 0;
            });
            Console.WriteLine($"Model: {output} ({BoundedFile.LengthOf(output):N0} bytes)");
            return 0;
        }, cancellation));
        return command;
    }
}

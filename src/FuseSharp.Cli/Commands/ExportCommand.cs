using System.CommandLine;
using FuseSharp.Cli.Parsing;
using FuseSharp.Cli.Rendering;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models.Export;
using FuseSharp.Pipeline.Cards;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Cli.Commands;

internal static class ExportCommand
{
    private static readonly Dictionary<string, ExportType> _types = new(StringComparer.Ordinal) { ["f16"] = ExportType.F16, ["q8_0"] = ExportType.Q8, ["bf16"] = ExportType.Bf16, ["f32"] = ExportType.F32 };

    private static readonly Dictionary<string, QuantizedType> _quantized = new(StringComparer.Ordinal) { ["q4_k_m"] = QuantizedType.Q4KM, ["q5_k_m"] = QuantizedType.Q5KM, ["q6_k"] = QuantizedType.Q6K };

    public static Command Create()
    {
        var model = CommonOptions.ModelArgument();
        var gguf = new Option<string>("--gguf") { Description = "The GGUF file to write, with the tokenizer in it: llama.cpp and Ollama run it.", Required = true };
        var names = _types.Keys.Concat(_quantized.Keys).ToDictionary(n => n, StringComparer.Ordinal);
        var type = new Option<string>("--type")
        {
            Description = "How matrices are stored: f16, q8_0 (half the size, a little less exact), bf16 or f32; by llama.cpp's own library q4_k_m, q5_k_m or q6_k.",
            DefaultValueFactory = _ => "f16",
            CustomParser = r => OptionValues.OneOf(r, names),
            HelpName = string.Join('|', names.Keys),
        };
        var library = new Option<string?>("--llama-cpp") { Description = $"Folder with llama.cpp's shared library, for types below 8 bits (default {LlamaCppQuantizer.FolderVariable})." };
        var name = new Option<string?>("--name") { Description = "What the file calls the model (default the folder's name)." };
        var matrix = new Option<string?>("--imatrix") { Description = "File of llama.cpp's llama-imatrix, GGUF or .dat, for types below 8 bits: columns that matter more are rounded less." };
        var modelfile = new Option<bool>("--modelfile") { Description = "Writes Ollama's Modelfile into the same folder: chat template, sampling and stop tokens." };
        var command = new Command("export", "Exports a model for other programs.") { model, gguf, type, name, library, matrix, modelfile };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            string path = parsed.GetRequiredValue(model);
            string output = CommonOptions.OutputFile(parsed.GetRequiredValue(gguf), OutputKind.Gguf, path);
            string chosen = parsed.GetValue(type)!;
            string called = parsed.GetValue(name) ?? ModelName.FromPath(path);
            string? beside = parsed.GetValue(modelfile) ? CommonOptions.OutputFile(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(output))!, OllamaModelfile.Name), OutputKind.Modelfile, path, output) : null;
            var importance = parsed.GetValue(matrix) is not { } file ? null
                : _quantized.ContainsKey(chosen) ? ImportanceMatrix.Read(file)
                : throw new UsageException($"--imatrix is for types below 8 bits, {string.Join(", ", _quantized.Keys)}; --type is {chosen}. Name one of them, or leave out --imatrix.");
            var quantizer = _quantized.ContainsKey(chosen) ? new LlamaCppQuantizer(parsed.GetValue(library)) : null;
            ProgressDisplay.Run(progress =>
            {
                var stage = new ExportStage(progress, cancellation);
                if (quantizer is null)
                {
                    stage.Run(path, output, _types[chosen], called, CardReader.MatterOf(path));
                    return 0;
                }

                string whole = output + ".f32"; // beside it: four bytes a number, gone afterwards
                try
                {
                    stage.Run(path, whole, ExportType.F32, called, CardReader.MatterOf(path));
                    quantizer.Run(whole, output, _quantized[chosen], importance);
                }
                finally
                {
                    File.Delete(whole);
                }

                return 0;
            });
            Console.WriteLine($"Model: {output} ({BoundedFile.LengthOf(output):N0} bytes)");
            if (beside is not null)
            {
                var (text, lacksTemplate) = OllamaModelfile.Write(Path.GetFileName(output), path);
                File.WriteAllText(beside, text);
                Console.WriteLine($"Modelfile: {beside}{(lacksTemplate ? " (without the chat template, which Ollama's language cannot say: Ollama looks at the one in the GGUF file)" : "")}");
            }

            return 0;
        }, cancellation));
        return command;
    }
}

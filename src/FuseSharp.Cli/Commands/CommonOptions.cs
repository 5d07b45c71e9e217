using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Recipes;
using static TorchSharp.torch;

namespace FuseSharp.Cli.Commands;

/// <summary>Options that several commands share, each described once.</summary>
internal static class CommonOptions
{
    public static Option<string> Output(string what) => new("--output") { Description = $"Folder that gets {what}.", Required = true };

    public static Option<string> Model(string what) => new("--model") { Description = what, Required = true };

    public static Option<string> Device() => new("--device") { Description = "Where models run: cpu, cuda or cuda:N; of several ranks on a machine, cuda gives each one of its own.", DefaultValueFactory = _ => "cpu" };

    public static Option<Precision> Precision()
        => new("--precision") { Description = "Number type of the models: auto, float32 or bfloat16; auto is bfloat16 where the processor multiplies it fast.", DefaultValueFactory = _ => Core.Recipes.Precision.Auto };

    public static Option<int> MaxLength() => new("--max-length") { Description = "Longest sequence, tokens.", DefaultValueFactory = _ => SplitOptions.PublishedMaxLength };

    public static Option<string[]> Texts(string what)
        => new("--texts") { Description = what, Required = true, AllowMultipleArgumentsPerToken = true };

    /// <summary>Checks a file that a command will write, and says that it replaces one.</summary>
    public static string OutputFile(string file, params IEnumerable<string> inputs)
    {
        if (OutputGuard.CheckFile(file, inputs))
        {
            Console.Error.WriteLine($"'{file}' is there already and will be replaced.");
        }

        return file;
    }

    public static Option<string> Field() => new("--field") { Description = "JSON field or Parquet column that holds the text.", DefaultValueFactory = _ => "text" };

    public static Option<MethodSettings> Settings(string what)
        => new("--settings") { Description = $"default or reference: {what}.", DefaultValueFactory = _ => MethodSettings.Default, CustomParser = SnakeCase<MethodSettings> };

    /// <summary>Reads an enum's value as recipes write it: <c>co_occurrence</c>.</summary>
    public static T SnakeCase<T>(ArgumentResult result)
        where T : struct, Enum
    {
        string text = result.Tokens[0].Value;
        foreach (var value in Enum.GetValues<T>())
        {
            if (SnakeCase(value) == text)
            {
                return value;
            }
        }

        result.AddError($"'{text}' is not known here. Expected {string.Join(", ", Enum.GetValues<T>().Select(SnakeCase))}.");
        return default;
    }

    private static string SnakeCase<T>(T value)
        where T : struct, Enum
        => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static Device DeviceOf(string name)
    {
        try
        {
            var device = new Device(name);
            if (device.type == TorchSharp.DeviceType.CUDA && device.index < 0 && JobRanks.Current.Count > 1)
            {
                device = new Device(TorchSharp.DeviceType.CUDA, JobRanks.Current.LocalRank);
            }

            return device.type != TorchSharp.DeviceType.CUDA || cuda.is_available() ? device
                : throw new RecipeException($"'--device {name}' asks for CUDA, which this build of libtorch or this machine does not have. Build with -p:LibTorch=cuda-12.8, or use cpu.");
        }
        catch (ArgumentException)
        {
            throw new RecipeException($"'--device {name}' is no device. Expected cpu, cuda or cuda:N.");
        }
    }
}

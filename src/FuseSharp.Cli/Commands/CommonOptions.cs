using System.CommandLine;
using System.CommandLine.Parsing;
using FuseSharp.Cli.Parsing;
using FuseSharp.Cli.Ranks;
using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers.Hub;
using static TorchSharp.torch;

namespace FuseSharp.Cli.Commands;

/// <summary>Options that several commands share, each described once.</summary>
internal static class CommonOptions
{
    public static Option<string> Output(string what) => new("--output") { Description = $"Folder that gets {what}.", Required = true };

    public static Option<string> Model(string what) => ModelPath("--model", what, isRequired: true);

    /// <summary>A model: a path, or the name of a model in Hugging Face's cache.</summary>
    public static Option<string> ModelPath(string name, string what, bool isRequired = false) => new ModelOption<string>(name, HubContents.Model) { Description = what, Required = isRequired, CustomParser = Resolved };

    /// <summary>A model of which only the tokenizer is read, or a tokenizer alone.</summary>
    public static Option<string> TokenizerPath(string name, string what, bool isRequired = false) => new ModelOption<string>(name, HubContents.Tokenizer) { Description = what, Required = isRequired, CustomParser = Resolved };

    /// <summary>Several models.</summary>
    public static Option<string[]> ModelPaths(string name, string what, HubContents contents = HubContents.Model)
        => new ModelOption<string[]>(name, contents) { Description = what, Required = true, AllowMultipleArgumentsPerToken = true, CustomParser = AllResolved };

    /// <summary>A command's model.</summary>
    public static Argument<string> ModelArgument(string also = "")
        => new ModelArgument<string>("model") { Description = $"The model: a Hugging Face folder, a .gguf file, or the name owner/name of one in Hugging Face's cache{also}.", CustomParser = Resolved };

    /// <summary>Several models as arguments.</summary>
    /// <param name="description">What they are.</param>
    public static Argument<string[]> ModelArguments(string description)
        => new ModelArgument<string[]>("models") { Description = description, CustomParser = AllResolved, Arity = ArgumentArity.OneOrMore };

    /// <summary>The paths of several models.</summary>
    public static string[] AllResolved(ArgumentResult result) => [.. result.Tokens.Select(t => HubCache.Resolve(t.Value))];

    private static string Resolved(ArgumentResult result) => HubCache.Resolve(result.Tokens[0].Value);

    public static Option<string> Device() => new("--device") { Description = "Where models run: cpu, cuda or cuda:N; of several ranks on a machine, cuda gives each one of its own.", DefaultValueFactory = _ => "cpu" };

    public static Option<Precision> Precision()
        => new("--precision") { Description = "Number type of the models: auto, float32 or bfloat16; auto is bfloat16 on CUDA and where this processor multiplies it at least 1.2 times as fast, which is measured.", DefaultValueFactory = _ => Models.Scoring.Precision.Auto };

    /// <summary>The same for models that write.</summary>
    public static Option<Precision> WritingPrecision()
        => new("--precision") { Description = "Number type of the models: auto, float32 or bfloat16; auto is float32 for quantized GGUF files on the processor, whose weights float32 and auto keep as they are stored, else bfloat16 on CUDA and where this processor multiplies it at least 1.2 times as fast, which is measured.", DefaultValueFactory = _ => Models.Scoring.Precision.Auto };

    public static Option<string[]> Texts(string what)
        => new("--texts") { Description = what, Required = true, AllowMultipleArgumentsPerToken = true };

    /// <summary>Checks a file that a command will write, and says that it replaces one.</summary>
    /// <returns>Where it lies, links followed.</returns>
    public static string OutputFile(string file, OutputKind kind, params IEnumerable<string> inputs)
    {
        if (OutputGuard.CheckFile(file, kind, inputs) && CommandRanks.Current.Rank == 0)
        {
            Console.Error.WriteLine($"'{file}' is there already and will be replaced.");
        }

        string real = OutputGuard.RealPath(file);
        return real == Path.GetFullPath(file) ? file : real;
    }

    public static Option<string> Field() => new("--field") { Description = "JSON field or Parquet column that holds the text.", DefaultValueFactory = _ => "text" };

    public static Device DeviceOf(string name)
    {
        var device = ModelDevice.Find(name, CommandRanks.Current.Count > 1 ? CommandRanks.Current.LocalRank : null);
        CommandRanks.AgreeOnRates();
        return device;
    }
}

using System.CommandLine;
using FuseSharp.Cli.Ranks;
using FuseSharp.Cli.Rendering;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Options;
using FuseSharp.Pipeline.Write;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Cli.Commands;

internal static class WriteCommand
{
    private static readonly WriteOptions _defaults = new();

    private static readonly Option<string[]> _models = CommonOptions.ModelPaths("--models", "The models: Hugging Face folders or .gguf files. Each writes a file of its own.");
    private static readonly Option<int> _count = new("--count") { Description = "Documents that each model writes; either this or --bytes." };
    private static readonly Option<long> _bytes = new("--bytes") { Description = "UTF-8 bytes that each model writes, whole documents." };
    private static readonly Option<int> _maxTokens = new("--max-tokens") { Description = "Longest document, tokens of its writer.", DefaultValueFactory = _ => _defaults.MaxTokens };
    private static readonly Option<double> _temperature = new("--temperature") { Description = "Divides the logits, 0–10.", DefaultValueFactory = _ => _defaults.Temperature };
    private static readonly Option<double> _topP = new("--top-p") { Description = "Draws among the most likely tokens that together reach this probability, 0–1; 1 for all.", DefaultValueFactory = _ => _defaults.TopP };
    private static readonly Option<string> _prompts = new("--prompts") { Description = "File whose documents' first lines begin the texts, or none.", DefaultValueFactory = _ => TextEntry.NoPrompts };
    private static readonly Option<string[]> _known = new("--known") { Description = "Texts of which no long passage may be repeated: files, folders or sdk:AREA.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private static readonly Option<long> _seed = new("--seed") { Description = "Seed of the draws; each document has one of its own.", DefaultValueFactory = _ => _defaults.Seed };
    private static readonly Option<Precision> _precision = CommonOptions.WritingPrecision();
    private static readonly Option<string> _device = CommonOptions.Device();
    private static readonly Option<string> _output = CommonOptions.Output("the texts");

    public static Command Create()
    {
        var command = new Command("write", "Before stage 1: models write texts to learn from, as recipes have it with 'written_by'. An interrupted run resumes.")
        {
            _models, _count, _bytes, _maxTokens, _temperature, _topP, _prompts, _known, _seed, _precision, _device, _output,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var options = Read(parsed);
            string[] models = parsed.GetRequiredValue(_models);
            if (models.GroupBy(ModelName.FromPath, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } same)
            {
                throw new UsageException($"Two models are called '{same.Key}', which names a file of texts. Give each folder a name of its own.");
            }

            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(_device));
            var type = StoredWeights.WorkingTypeOf(parsed.GetValue(_precision), where, models);
            var known = parsed.GetRequiredValue(_known).Select((path, i) => (Name: FormattableString.Invariant($"{i}"), Entry: new TextEntry { Path = path })).ToDictionary(k => k.Name, k => k.Entry);
            string folder = parsed.GetRequiredValue(_output);
            ProgressDisplay.Run(progress => WriteStage.Run(models, m => LanguageModel.Load(ModelName.FromPath(m), m, type, where, keepsStored: true), options, parsed.GetRequiredValue(_prompts), known, type, folder,
                new StageContext(progress, cancellation)));
            CommandRanks.Say($"Texts: {WriteStage.TextsIn(folder)}");
            return 0;
        }, cancellation));
        return command;
    }

    private static WriteOptions Read(ParseResult parsed)
    {
        var options = new WriteOptions
        {
            Count = parsed.GetValue(_count),
            Bytes = parsed.GetValue(_bytes),
            MaxTokens = parsed.GetValue(_maxTokens),
            Temperature = parsed.GetValue(_temperature),
            TopP = parsed.GetValue(_topP),
            Seed = parsed.GetValue(_seed),
        };
        OptionRange.Check(options);
        return (options.Count == 0) != (options.Bytes == 0) ? options : throw new UsageException("Give either --count, documents, or --bytes that each model writes.");
    }
}

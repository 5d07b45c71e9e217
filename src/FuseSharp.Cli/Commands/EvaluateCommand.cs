using System.CommandLine;
using FuseSharp.Cli.Ranks;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Files;
using FuseSharp.Fusion.Records;
using FuseSharp.Fusion.Split;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Storage.Ranks;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Cli.Commands;

internal static class EvaluateCommand
{
    private static readonly Argument<string> _model = CommonOptions.ModelArgument();
    private static readonly Option<string[]> _texts = TextFigures.Texts();
    private static readonly Option<string> _field = CommonOptions.Field();
    private static readonly Option<int> _window = new("--window") { Description = "Longest window that is read at once, tokens, at least 2, at most the model's context; 0 for the default.", DefaultValueFactory = _ => SplitOptions.PublishedMaxLength };
    private static readonly TaskFlags _tasks = new();
    private static readonly Option<int> _batch = new("--batch-size") { Description = "Maximum number of prompts processed together; results do not depend on it.", DefaultValueFactory = _ => TaskModel.DefaultBatchSize };
    private static readonly Option<Precision> _precision = CommonOptions.Precision();
    private static readonly Option<string> _device = CommonOptions.Device();

    public static Command Create()
    {
        var command = new Command("evaluate", "Stage 7: bits per byte of a model on any texts, and its scores in benchmarks. Programs that it writes run in a sandbox (bubblewrap, Linux) without network, files or other processes.")
        {
            _model, _texts, _field, _window, _batch, _precision, _device,
        };
        _tasks.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            string[] texts = parsed.GetRequiredValue(_texts);
            var ranks = CommandRanks.Join();
            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(_device));
            var precision = WorkingType.Choose(parsed.GetValue(_precision), where);
            var tasks = _tasks.StageOf(parsed, texts.Length > 0, precision, parsed.GetRequiredValue(_model));
            if (parsed.GetValue(_batch) < 1)
            {
                throw new UsageException("--batch-size is at least 1. Correct the option.");
            }

            int window = parsed.GetValue(_window) switch
            {
                0 => SplitOptions.PublishedMaxLength,
                >= 2 and var size => size,
                var other => throw new UsageException($"--window is {other}, expected at least 2, or 0 for {SplitOptions.PublishedMaxLength}. Correct the option."),
            };
            string path = parsed.GetRequiredValue(_model);
            if (ranks.Count > 1)
            {
                RankAgreement.CheckLines(ranks, "model or text", string.Join('\n', texts.Select(t => $"{t} {DomainTexts.Fingerprint(new TextEntry { Path = t })}").Prepend($"{path} {LanguageModel.Fingerprint(path)}")));
            }

            var loaded = LanguageModel.Load(ModelName.FromPath(path), path, WorkingType.Resolve(precision, where), where);
            using var model = new TaskModel(loaded, parsed.GetValue(_batch));
            TextFigures.Show(new BitsPerByte(loaded, window, ranks, PieceEncoder.FromModel(path, loaded.Tokenizer)), texts, parsed.GetRequiredValue(_field), cancellation);
            if (tasks is not null && ranks.Rank == 0)
            {
                _tasks.Ask(tasks, model, [(path, LanguageModel.Fingerprint(path))], cancellation);
            }

            return 0;
        }, cancellation));
        return command;
    }
}

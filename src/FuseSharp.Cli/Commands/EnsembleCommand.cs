using System.CommandLine;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Ensemble;
using FuseSharp.Files;
using FuseSharp.Fusion.Records;
using FuseSharp.Fusion.Split;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;

namespace FuseSharp.Cli.Commands;

internal static class EnsembleCommand
{
    private static readonly Option<string[]> _models = CommonOptions.ModelPaths("--models", "The models: Hugging Face folders or .gguf files. The first is the target, in whose vocabulary they predict together.");
    private static readonly Option<double[]> _weights = new("--weights") { Description = "Weight of each model, in any scale (default equal).", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private static readonly Option<string[]> _texts = TextFigures.Texts();
    private static readonly Option<string> _field = CommonOptions.Field();
    private static readonly Option<int> _window = new("--window") { Description = "Longest window that is read at once, tokens; at most each model's context.", DefaultValueFactory = _ => SplitOptions.PublishedMaxLength };
    private static readonly TaskFlags _tasks = new();
    private static readonly Option<Precision> _precision = CommonOptions.Precision();
    private static readonly Option<string> _device = CommonOptions.Device();

    public static Command Create()
    {
        var command = new Command("ensemble", "Bits per byte and benchmarks of several models that predict together: the baseline that a fused model replaces, at the cost of all of them.")
        {
            _models, _weights, _texts, _field, _window, _precision, _device,
        };
        _tasks.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            string[] models = parsed.GetRequiredValue(_models);
            double[] weights = parsed.GetRequiredValue(_weights);
            string[] texts = parsed.GetRequiredValue(_texts);
            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(_device));
            var precision = WorkingType.Choose(parsed.GetValue(_precision), where);
            var tasks = _tasks.StageOf(parsed, texts.Length > 0, precision, models);
            if (EnsembleWeights.ErrorOf(models.Length, weights) is { } fault) // before any model is loaded
            {
                throw new UsageException(fault);
            }

            var type = WorkingType.Resolve(precision, where);
            LanguageModel[] loaded = [.. models.Select(m => LanguageModel.Load(ModelName.FromPath(m), m, type, where))];
            var ensemble = new ModelEnsemble(loaded, weights, [.. loaded.Select(m => PieceEncoder.FromModel(m.Path, m.Tokenizer))]);
            using var model = new EnsembleTaskModel(ensemble);
            TextFigures.Show(new EnsembleBitsPerByte(ensemble, parsed.GetValue(_window)), texts, parsed.GetRequiredValue(_field), cancellation);
            if (tasks is not null)
            {
                _tasks.Ask(tasks, model, ModelEnsemble.Members(models, weights), cancellation);
            }

            return 0;
        }, cancellation));
        return command;
    }
}

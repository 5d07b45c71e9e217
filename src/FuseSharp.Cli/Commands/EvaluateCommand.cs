using System.CommandLine;
using System.Globalization;
using FuseSharp.Cli.Rendering;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Texts;
using FuseSharp.Torch.Evaluate;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Cli.Commands;

internal static class EvaluateCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "The model, a Hugging Face folder." };
        var texts = CommonOptions.Texts("Files or folders of texts, or sdk:AREA; a line of figures for each.");
        var field = CommonOptions.Field();
        var window = new Option<int>("--window") { Description = "Longest window that is read at once, tokens; at most the model's context.", DefaultValueFactory = _ => new SplitOptions().MaxLength };
        var precision = CommonOptions.Precision();
        var device = CommonOptions.Device();
        var command = new Command("evaluate", "Stage 7: bits per byte of a model on any texts.") { model, texts, field, window, precision, device };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            string path = parsed.GetRequiredValue(model);
            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(device));
            using var loaded = LanguageModel.Load(Recipe.NameOf(path), path, WorkingType.Of(parsed.GetValue(precision), where), where);
            var measure = new BitsPerByte(loaded, parsed.GetValue(window));
            foreach (string source in parsed.GetRequiredValue(texts))
            {
                var result = ProgressDisplay.Run(progress =>
                {
                    using var bar = progress.Start($"evaluate {source}", 0, "windows");
                    return measure.Measure([.. TextFiles.Read(source, parsed.GetRequiredValue(field)).Select(d => d.Text)], n => bar.Advance(n), cancellation);
                });
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{source}: {result.BitsPerByte:F4} ± {result.StandardError:F4} bits per byte, perplexity {result.PerplexityPerToken:F3} a token, {result.Bytes:N0} bytes, {result.Tokens:N0} tokens"));
            }

            return 0;
        }, cancellation));
        return command;
    }
}
